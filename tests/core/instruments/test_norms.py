"""The norms in force: tariffs that were used, days without one, settings beside norms, and what lacks."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given as for_all
from hypothesis import settings as examples
from hypothesis import strategies as st

from ipvb_bridge.core import instruments
from ipvb_bridge.core.instruments.norms import without_tariff
from ipvb_bridge.core.norm_records import FACTS, NORM_TABLES
from ipvb_bridge.core.tariffs import PROFILE
from tests.core.frames import shuffled
from tests.core.instruments.given import given, run
from tests.core.small import absence, agreement, date, indication, small, stay, stream, tariff
from tests.core.strategies import row
from tests.house.conftest import ROOT

LOOKED = dt.date(2025, 11, 1)


def organisation(**changed: Any) -> Any:
    """One resident with half an hour of care a day, at 100.00 an hour."""
    return small(**({"care_agreements": [agreement("A1")]} | changed))


def share(level: str, value: int, looked: dt.date | None = LOOKED, **more: Any) -> dict[str, Any]:
    return row(
        FACTS["direct_shares"], level=level, value=value, unit="share", source="tijdmeting", last_checked=looked, **more
    )


def hours(base: str, kind: str, value: int, **more: Any) -> dict[str, Any]:
    return row(
        FACTS["hours_per_year"],
        base=base,
        kind=kind,
        value=value * 10_000,
        unit="hours/year",
        last_checked=LOOKED,
        **more,
    )


def rules(made: Any) -> dict[str, dict[str, Any]]:
    return {each["rule"]: each for each in made.findings.rows(named=True)}


# --- tariffs ---------------------------------------------------------------------------------------------------


def test_a_month_of_which_ten_days_have_a_tariff() -> None:
    """Ten days on a tariff and 21 without: the days and what they require, and what was paid for the others
    (docs/instrumenten/norms.md).
    """
    made = run("norms", organisation(tariffs=[tariff("2025-01-01", "2026-01-10", cents=20_000)]))
    assert made.tables["tariffs_used"].rows() == [
        ("4VV", "stay", False, False, date("2025-01-01"), 1, 10, 20_000, 200_000)
    ]
    # Half an hour a day at 100.00 an hour is 50.00 a day; housing and meals cost nothing here.
    assert made.tables["tariffs_missing"].rows() == [
        ("4VV", "stay", False, False, 1, 21, date("2026-01-11"), date("2026-01-31"), 105_000, 0, 105_000)
    ]
    finding = rules(made)["I64"]
    assert (finding["severity"], finding["amount_cents"]) == ("error", 105_000)
    assert "21 dagen van 1 bewoners" in finding["explanation"]
    assert "tariffs import" in finding["next_step"]


def test_the_page_for_the_manager_shows_these_figures() -> None:
    """The worked example of docs/instrumenten/norms.md is the one that is computed here."""
    text = (ROOT / "docs" / "instrumenten" / "norms.md").read_text("utf-8")
    made = run("norms", organisation(tariffs=[tariff("2025-01-01", "2026-01-10", cents=20_000)]))
    used = made.tables["tariffs_used"].row(0, named=True)
    lacking = made.tables["tariffs_missing"].row(0, named=True)
    cells = re.findall(r"^\| (met|zonder) tarief \| (\d+) \| ([\d.,]+) \|", text, re.MULTILINE)

    def euros(cents: int) -> str:
        return f"{cents // 100:,}".replace(",", ".") + f",{cents % 100:02d}"

    assert cells == [
        ("met", str(used["paid_days"]), euros(used["available_cents"])),
        ("zonder", str(lacking["unpaid_days"]), euros(lacking["required_cents"])),
    ]


def test_days_without_any_tariff_require_what_the_budget_requires() -> None:
    """Where no day of a resident has a tariff, these days require exactly the required budget."""
    made = run("norms", org := organisation(tariffs=[]))
    budgets = given(org).tables["resident_budgets"]
    assert made.tables["tariffs_missing"]["required_cents"].sum() == budgets["required_cents"].sum()
    assert made.tables["tariffs_used"].is_empty()


def test_profiles_that_lack_a_tariff_stand_apart() -> None:
    """A resident who goes from a profile without a tariff to another one has days of each, each with its care."""
    made = run(
        "norms",
        organisation(
            tariffs=[],
            indications=[
                indication("I1", "2020-01-01", "2026-01-20"),
                indication("I2", "2026-01-21", zzp="6VV", with_treatment=True),
            ],
        ),
    )
    rows = made.tables["tariffs_missing"].select("zzp", "unpaid_days", "care_cents").rows()
    assert rows == [("4VV", 20, 100_000), ("6VV", 11, 55_000)]
    assert rules(made)["I64"]["subject"].startswith("6VV stay, met behandeling")


def test_days_that_nobody_pays_are_not_lacking_a_tariff() -> None:
    """A pgb day, a day without an indication and an absence that is too long are unpaid for another reason."""
    made = run(
        "norms",
        organisation(
            tariffs=[],
            absences=[absence("A1", "vacation", "2026-01-01", "2026-01-31")],
            indications=[indication("I1", "2026-01-01", "2026-01-20")],
        ),
    )
    assert made.tables["tariffs_missing"]["unpaid_days"].to_list() == [14]
    # Away all month: no care is needed on these days.
    assert made.tables["tariffs_missing"]["care_cents"].to_list() == [0]


def test_an_unmapped_delivery_form_lacks_a_tariff_too() -> None:
    """An indication whose delivery form nobody mapped has days without a tariff, and the finding says so."""
    made = run("norms", small(indications=[indication("I1", "2020-01-01", delivery_form=None)]))
    assert made.tables["tariffs_missing"].select("delivery_form", "unpaid_days").rows() == [(None, 31)]
    assert "leveringsvorm onbekend" in rules(made)["I64"]["explanation"]


_SPAN = st.tuples(st.integers(1, 31), st.integers(0, 20))


@examples(max_examples=40, deadline=None)
@for_all(
    held=st.lists(_SPAN, max_size=3),
    granted=st.lists(st.tuples(_SPAN, st.sampled_from(["4VV", "5VV"])), min_size=1, max_size=3),
    seed=st.integers(0, 9),
)
def test_every_paid_day_has_a_tariff_or_lacks_one(held: Any, granted: Any, seed: int) -> None:
    """Paid days add up: on a tariff or without; the amounts are the available budget, whatever the order of rows."""

    def days(first: int, length: int) -> tuple[str, str]:
        return f"2026-01-{first:02d}", f"2026-01-{min(first + length, 31):02d}"

    org = organisation(
        stays=[stay("S1", "D1", "2026-01-03"), stay("S2", "D2", "2020-01-01", resident="R2")],
        residents=[stream("residents", resident_id=each) for each in ("R1", "R2")],
        indications=[
            indication(f"I{at}", *days(*span), zzp=zzp) | {"resident_id": f"R{at % 2 + 1}"}
            for at, (span, zzp) in enumerate(granted)
        ],
        tariffs=[tariff(*days(*span), cents=10_000 + at) for at, span in enumerate(dict(held).items())],
    )
    base = given(org)
    instrument = instruments.load("norms")
    tables = instrument.run(base).tables
    budgets = base.tables["resident_budgets"]
    assert tables["tariffs_used"]["available_cents"].sum() == budgets["available_cents"].sum()
    assert tables["tariffs_used"]["paid_days"].sum() == budgets["paid_days"].sum()
    told = base.tables["findings"].filter(pl.col("explanation").str.starts_with("Geen tarief"))["explanation"]
    unpaid = sum(int(each.split(": ")[1].split()[0]) for each in told)
    assert tables["tariffs_missing"]["unpaid_days"].sum() == unpaid
    mixed = dataclasses.replace(base, norms={name: shuffled(table, seed) for name, table in base.norms.items()})
    for name, table in instrument.run(mixed).tables.items():
        assert table.equals(tables[name]), name


def test_the_uncovered_days_are_segments_as_they_were() -> None:
    """What is cut off keeps resident, unit, presence and indication; the days are counted anew."""
    org = small(tariffs=[tariff("2026-01-05", "2026-01-10"), tariff("2026-01-20", "2026-01-24")])
    base = given(org)
    from ipvb_bridge.core.days import resident_days

    streams = base.streams
    days = resident_days(streams["stays"], streams["absences"], streams["indications"], base.period).segments
    cut = without_tariff(days, base.norms["tariffs"])
    assert cut.schema == days.schema
    assert cut.select("start_date", "end_date", "days").rows() == [
        (date("2026-01-01"), date("2026-01-04"), 4),
        (date("2026-01-11"), date("2026-01-19"), 9),
        (date("2026-01-25"), date("2026-01-31"), 7),
    ]
    assert cut.select(PROFILE).unique().rows() == [("4VV", "stay", False, False)]
    assert without_tariff(days.clear(), base.norms["tariffs"]).is_empty()


# --- facts -------------------------------------------------------------------------------------------------------


def test_settings_stand_beside_their_norm() -> None:
    """Hours a year that are a known base name it; a share unlike its norm is told, and the setting counts."""
    org = small(
        hours_per_year=[hours("eigen", "gross", 1800), hours("kikv", "net", 1692)],
        direct_shares=[share("2", 5_000), share("3", 7_500)],
    )
    compared = {each["setting"]: each for each in run("norms", org).tables["settings_compared"].rows(named=True)}
    assert compared["formation.gross_year"]["norm"] == "eigen"
    assert compared["formation.net_year"]["agrees"] is False  # 1500 is no base of the table
    assert compared["direct_share.2"]["agrees"] is True
    assert (compared["direct_share.3"]["set_value"], compared["direct_share.3"]["norm_value"]) == (0.5, 0.75)
    told = run("norms", org).findings.filter(pl.col("rule") == "I68")
    assert told["subject"].to_list() == ["direct_share.3", "formation.net_year"]
    assert org.settings.direct_share["3"] == Decimal("0.5")


def test_a_share_without_a_source_is_told() -> None:
    """A direct share that no row of the norm table accounts for is named by level (I66), and compared with nothing."""
    made = run("norms", small(direct_shares=[share("2", 5_000)]))
    assert "niveau 3 is niet vastgelegd" in rules(made)["I66"]["explanation"]
    compared = {each["setting"]: each["agrees"] for each in made.tables["settings_compared"].rows(named=True)}
    assert compared["direct_share.3"] is None


def test_what_nobody_looked_at_for_a_year_is_told() -> None:
    """A row in force last looked at more than a year before the end of the period is counted by table (I65)."""
    made = run("norms", small(tariffs=[], direct_shares=[share("2", 5_000, dt.date(2025, 1, 30)), share("3", 5_000)]))
    assert (rules(made)["I65"]["subject"], "1 geldende regels" in rules(made)["I65"]["explanation"]) == (
        "direct_shares",
        True,
    )


def test_a_norm_that_ended_without_a_next_one_lacks() -> None:
    """An item whose last row ended before the period is listed with that day (I67); one that goes on is not."""
    ended = {"end_date": dt.date(2025, 12, 31)}
    made = run(
        "norms",
        small(
            direct_shares=[
                share("2", 5_000, **ended),
                share("3", 4_000, **ended),
                share("3", 5_000, start_date=dt.date(2026, 1, 1)),
            ]
        ),
    )
    assert made.tables["norms_lapsed"].rows() == [
        ("direct_shares", None, "2", dt.date(2025, 12, 31), "tijdmeting"),
    ]
    assert rules(made)["I67"]["subject"] == "direct_shares"


def test_two_norms_for_one_day_are_told() -> None:
    """Two rows of one item that overlap and say different things are told (I69); equal ones are not."""
    twice = [share("2", 5_000), share("2", 6_000, start_date=dt.date(2026, 1, 1))]
    assert rules(run("norms", small(direct_shares=twice)))["I69"]["subject"] == "direct_shares"
    same = [share("2", 5_000), share("2", 5_000, start_date=dt.date(2026, 1, 1))]
    assert "I69" not in rules(run("norms", small(direct_shares=same)))


def test_every_row_in_force_is_shown_with_its_source() -> None:
    """Each norm of the period stands in the table once, in the order of the tables, with source and last look."""
    org = small(direct_shares=[share("2", 5_000), share("3", 5_000, end_date=dt.date(2025, 6, 30))])
    shown = run("norms", org).tables["norms_in_force"]
    assert shown.select("table", "item", "value", "amount_cents", "source", "last_checked").rows() == [
        ("tariffs", "4VV", None, 20_000, None, None),
        ("direct_shares", "2", 0.5, None, "tijdmeting", LOOKED),
    ]
    listed = run("norms", org).tables["norm_tables"]
    assert listed["table"].to_list() == list(NORM_TABLES)


@pytest.mark.parametrize("lacking", [{"stays": []}, {"care_agreements": []}, {"tariffs": [], "indications": []}])
def test_an_empty_month_makes_empty_tables(lacking: dict[str, Any]) -> None:
    """Without stays, agreements, or tariffs and indications the tables are there, and no figure is made up."""
    made = run("norms", organisation(**lacking))
    assert made.tables["norm_tables"].height == len(NORM_TABLES)
    if "care_agreements" not in lacking:
        assert made.tables["tariffs_missing"].is_empty()
        assert made.tables["tariffs_used"].is_empty()
