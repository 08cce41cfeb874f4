"""The ledger, the drivers of its support pools, and every mapping."""

from __future__ import annotations

from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import LEVELS, MAPPINGS, NORMS, STREAMS
from tests.core.strategies.care import VENDOR_FORMS
from tests.core.strategies.draws import DAY, LONG_AGO, SINCE, Draw, Row, chance, number, pick, row

ACCOUNTS = {
    "wages": "411000",
    "hired": "418500",
    "materials": "0430",
    "property": "460000",
    "revenue": "830000",
    "excluded": "200000",
}


def ledger(draw: Draw, period: Period, window: Period, pools: dict[str, str]) -> list[Row]:
    months = [*period.months(), *window.months(), (window.start - DAY).strftime("%Y-%m")]
    lines: list[Row] = []

    def post(category: str, centre: str | None, amount: int) -> None:
        month = pick(draw, *months)
        lines.append(
            row(
                STREAMS["ledger_lines"],
                line_id=f"L{len(lines) + 1}",
                company_id="1",
                entry_id="E1",
                date=Period.parse(month).start + pick(draw, 0, 27, 35, -3) * DAY,
                period=month,
                account_id=ACCOUNTS[category],
                cost_centre_id=centre,
                amount=amount,
            )
        )

    post("wages", "K-care", number(draw, 100_000, 5_000_000))
    for pool in pools:
        for _ in range(number(draw, 0, 2)):
            category = (
                pick(draw, "wages", "hired", "materials")
                if pool == "care"
                else pick(draw, "materials", "property", "wages")
            )
            post(category, f"K-{pool}", number(draw, -50_000, 2_000_000))
    if chance(draw, 2):
        post("revenue", "K-care", -number(draw, 1, 9_000_000))
        post("excluded", None, number(draw, 1, 9_000_000))
    return lines


def drivers(draw: Draw, pools: dict[str, str]) -> list[Row]:
    rows = []
    final = [name for name, kind in pools.items() if kind == "final"]
    for giver, kind in pools.items():
        if kind != "support":
            continue
        sure = pick(draw, *final)
        for taker in pools:
            if taker != sure and chance(draw, 2):
                continue
            units = number(draw, 1, 9_000_000) if taker == sure else number(draw, 0, 9_000_000)
            both = {"from_pool": giver, "to_pool": taker}
            rows.append(row(NORMS["drivers"], **both, units=units, **SINCE))
            if chance(draw, 5):
                rows.append(row(NORMS["drivers"], **both, units=units + 7, **LONG_AGO))
    return rows


def mappings(supplements: list[Row], pools: dict[str, str]) -> dict[str, list[Row]]:
    """Each mapping; some with a row that held long ago and says something else."""
    accounts, centres, functions = MAPPINGS["accounts"], MAPPINGS["cost_centres"], MAPPINGS["functions"]
    return {
        "accounts": [
            row(accounts, account_from="000000", account_to="999999", category="excluded", **LONG_AGO),
            *(
                row(accounts, account_from=key, account_to=key, category=name, **SINCE)
                for name, key in ACCOUNTS.items()
            ),
        ],
        "cost_centres": [
            row(centres, pool="none"),
            row(centres, cost_centre_id="K-care", pool="none", **LONG_AGO),
            *(row(centres, cost_centre_id=f"K-{pool}", pool=pool, **SINCE) for pool in pools),
        ],
        "functions": [
            *(row(functions, function=f"F{level}", level=level, **SINCE) for level in LEVELS),
            *(row(functions, function=f"F{level}", level="1", **LONG_AGO) for level in LEVELS),
        ],
        "activities": [
            row(
                MAPPINGS["activities"],
                activity_code="A1",
                care_function="treatment",
                level="1",
                payer="none",
                day_part="night",
                minutes=990_000,
            )
        ],
        "agreements": supplements,
        "delivery_forms": [
            row(MAPPINGS["delivery_forms"], code=code, delivery_form=form) for code, form in VENDOR_FORMS.items()
        ],
        "hour_kinds": [row(MAPPINGS["hour_kinds"], code="GEWERKT", kind="worked")],
    }
