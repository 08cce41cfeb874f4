"""One small organisation with round figures, to change in one place and compute by hand."""

from __future__ import annotations

import copy
import datetime as dt
from decimal import Decimal
from typing import Any

from ipvb_bridge.core.norm_records import NORM_TABLES
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import MAPPINGS, NORMS, STREAMS
from ipvb_bridge.core.settings import MethodSettings
from tests.core.oracle import Organisation
from tests.core.strategies import row

METHOD: dict[str, Any] = {
    "cost_price": {
        "pools": {"care": "final", "housing": "final", "meals": "final"},
        "components": {"housing": "held", "meals": "present"},
    },
    "direct_share": {"2": Decimal("0.5"), "3": Decimal("0.5")},
    "formation": {"gross_year": 1800, "net_year": 1500},
}


def date(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC)


def stream(name: str, /, **values: Any) -> dict[str, Any]:
    """A row of a stream; dates and moments as text."""
    for column in ("start_date", "end_date", "date", "agreed_on"):
        if isinstance(values.get(column), str):
            values[column] = date(values[column])
    for column in ("start", "end"):
        if isinstance(values.get(column), str):
            values[column] = moment(values[column])
    return row(STREAMS[name], **values)


def stay(stay_id: str, unit_id: str, start: str, end: str | None = None, resident: str = "R1") -> dict[str, Any]:
    return stream("stays", stay_id=stay_id, resident_id=resident, unit_id=unit_id, start_date=start, end_date=end)


def absence(absence_id: str, reason: str, start: str, end: str | None = None) -> dict[str, Any]:
    return stream("absences", absence_id=absence_id, resident_id="R1", reason=reason, start_date=start, end_date=end)


def indication(indication_id: str, start: str, end: str | None = None, **values: Any) -> dict[str, Any]:
    given = {
        "basis": "assigned",
        "zzp": "4VV",
        "delivery_form": "stay",
        "with_treatment": False,
        "with_day_care": False,
    }
    return stream(
        "indications", indication_id=indication_id, resident_id="R1", start_date=start, end_date=end, **(given | values)
    )


def agreement(agreement_id: str, **values: Any) -> dict[str, Any]:
    """Half an hour of personal care at level 3 each morning."""
    given = {
        "resident_id": "R1", "care_function": "personal_care", "day_part": "morning", "level": "3",
        "performer": "staff", "payer": "wlz", "minutes": 300_000, "times": 10_000, "per": "day", "staff_count": 1,
        "group_size": 1, "start_date": "2020-01-01",
    }  # fmt: skip
    return stream("care_agreements", agreement_id=agreement_id, **(given | values))


def hours(hours_id: str, contract: str, start: str, end: str, minutes: int, **values: Any) -> dict[str, Any]:
    given = {"unit_id": "D1", "kind": "worked"}
    return stream(
        "hours", hours_id=hours_id, contract_id=contract, start=start, end=end, paid_minutes=minutes * 1000,
        **(given | values),
    )  # fmt: skip


def contract(contract_id: str, level: str | None, **values: Any) -> dict[str, Any]:
    given = {"employment": "payroll", "client_facing": True, "start_date": "2020-01-01"}
    return stream("contracts", contract_id=contract_id, level=level, **(given | values))


def wage(wage_id: str, contract_id: str, amount: int, month: str, component: str = "gross") -> dict[str, Any]:
    return stream(
        "wages", wage_id=wage_id, contract_id=contract_id, component=component, relates_to=month, paid_in=month,
        amount=amount,
    )  # fmt: skip


def posting(line_id: str, account: str, centre: str | None, amount: int, month: str = "2026-01") -> dict[str, Any]:
    return stream(
        "ledger_lines", line_id=line_id, company_id="1", entry_id=line_id, date=Period.parse(month).start,
        period=month, account_id=account, cost_centre_id=centre, amount=amount,
    )  # fmt: skip


def tariff(start: str, end: str | None = None, cents: int = 20_000, **values: Any) -> dict[str, Any]:
    given = {"zzp": "4VV", "delivery_form": "stay", "with_treatment": False, "with_day_care": False}
    return row(
        NORMS["tariffs"], start_date=date(start), end_date=end and date(end), day_tariff=cents, **(given | values)
    )


def driver(giver: str, taker: str, units: int) -> dict[str, Any]:
    return row(NORMS["drivers"], from_pool=giver, to_pool=taker, units=units * 10_000)


def small(
    period: str = "2026-01", method: dict[str, Any] | None = None, **changed: list[dict[str, Any]]
) -> Organisation:
    """One resident in unit D1 and one carer of level 3 who works ten hours: 5 client hours at 100.00.

    Care costs 500.00 in the period's last month (the cost window is that month), housing and meals nothing. ``changed``
    replaces whole streams and norms; ``method`` replaces whole sections.
    """
    span = Period.parse(period)
    month = span.months()[-1]
    sections = copy.deepcopy(METHOD) | copy.deepcopy(method or {})
    sections["cost_price"].setdefault("window", Period.parse(month))
    streams = {name: changed.pop(name, []) for name in STREAMS if name in changed}
    given: dict[str, list[dict[str, Any]]] = {
        "units": [
            stream("units", unit_id="ORG", kind="organisation", name="O"),
            stream("units", unit_id="D1", parent_id="ORG", kind="department", name="D1"),
            stream("units", unit_id="D2", parent_id="ORG", kind="department", name="D2"),
        ],
        "residents": [stream("residents", resident_id="R1"), stream("residents", resident_id="R2")],
        "stays": [stay("S1", "D1", "2020-01-01")],
        "indications": [indication("I1", "2020-01-01")],
        "contracts": [contract("C1", "3")],
        "hours": [hours("H1", "C1", f"{month}-05T07:00+01:00", f"{month}-05T17:00+01:00", 600)],
        "wages": [wage("W1", "C1", 30_000, month)],
        "ledger_lines": [posting("L1", "41", "K1", 50_000, month)],
    }  # fmt: skip
    norms = {"tariffs": [tariff("2020-01-01")]} | {name: changed.pop(name) for name in NORM_TABLES if name in changed}
    mappings = {
        "accounts": [
            row(MAPPINGS["accounts"], account_from="41", account_to="41", category="wages"),
            row(MAPPINGS["accounts"], account_from="42", account_to="42", category="hired"),
            row(MAPPINGS["accounts"], account_from="43", account_to="43", category="materials"),
        ],
        "cost_centres": [
            row(MAPPINGS["cost_centres"], cost_centre_id="K1", pool="care"),
            row(MAPPINGS["cost_centres"], cost_centre_id="K2", pool="housing"),
            row(MAPPINGS["cost_centres"], cost_centre_id="K3", pool="meals"),
            row(MAPPINGS["cost_centres"], cost_centre_id="K4", pool="management"),
            row(MAPPINGS["cost_centres"], cost_centre_id="K5", pool="facility"),
            row(MAPPINGS["cost_centres"], pool="none"),
        ],
    } | {name: changed.pop(name) for name in MAPPINGS if name in changed and name not in STREAMS}  # fmt: skip
    assert not changed, changed
    return Organisation(MethodSettings.model_validate(sections), span, given | streams, mappings, norms)
