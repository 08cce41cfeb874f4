"""The monthly substantiation for the zorgkantoor: required against available, and everything that is behind it.

For the organisation, each location, department and care profile: what the contract pays and what the agreed care and
the stay cost, with the residents, days, hours by care function, stay components, network and care without ground behind
them. Beside it how complete the data are, what the checks found, and on which version the figures stand. All of it are
sums of rows of that calculation (method section 5), so it can be repeated; the check table holds the sums against each
other and against the bridge.

Our reading: no form of a zorgkantoor is followed, as none is public; a resident who moved counts once in each unit and
once in what lies above both. Findings are counted by rule, without their sentences: one may be about one resident. They
are those of the calculation and of the rules R01 to R10 over its rows; what only deliveries show (a stream that stayed
away, postings in a closed month) is reported by ``reconcile``.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from ipvb_bridge.core.findings import Finding, frame
from ipvb_bridge.core.instruments.contract import Given, Instrument, Made, Result
from ipvb_bridge.core.instruments.units_above import above
from ipvb_bridge.core.lines import NETWORK
from ipvb_bridge.core.reconciliation import reconcile

_CENTS, _TIME, _COUNT = pl.Int64(), pl.Int64(), pl.Int64()
_UNIT = {"unit_id": (pl.String(), "the unit; null: the whole organisation")}
_BALANCE = {
    "residents": (_COUNT, "residents with a day held"),
    "held_days": (_COUNT, "days held"),
    "present_days": (_COUNT, "days present"),
    "paid_days": (_COUNT, "days paid"),
    "available_cents": (_CENTS, "what the contract pays"),
    "care_cents": (_CENTS, "care by staff that the Wlz pays"),
    "stay_cents": (_CENTS, "stay"),
    "required_cents": (_CENTS, "care and stay"),
    "balance_cents": (_CENTS, "available less required"),
}
_BESIDE = {
    "private_cents": (_CENTS, "care that residents buy: in no budget"),
    "outside_cents": (_CENTS, "care given without ground: in no budget"),
    "freed_cents": (_CENTS, "price of stay components that residents do without"),
    "network_milliminutes": (_TIME, "time of network, volunteers and residents themselves"),
}
UNITS = Result(
    "account_units",
    "Required against available of the organisation, each location and department",
    ("unit_id",),
    {
        **_UNIT,
        "kind": (pl.String(), "location, department; null: organisation, or not declared"),
        **_BALANCE,
        **_BESIDE,
    },
)
PROFILES = Result(
    "account_profiles",
    "Required against available by care profile",
    ("unit_id", "zzp"),
    {**_UNIT, "zzp": (pl.String(), "profile of the last day with an indication; null: none"), **_BALANCE},
)
FUNCTIONS = Result(
    "account_functions",
    "Agreed care by care function: who pays for the time of staff, and what others do",
    ("unit_id", "care_function"),
    {
        **_UNIT,
        "care_function": (pl.String(), "care function; null: not stated"),
        "wlz_milliminutes": (_TIME, "staff, paid by the Wlz"),
        "wlz_cents": (_CENTS, "its cost; adds up to care"),
        "private_milliminutes": (_TIME, "staff, paid by residents"),
        "private_cents": (_CENTS, "its cost"),
        "outside_milliminutes": (_TIME, "staff, paid by nobody"),
        "outside_cents": (_CENTS, "its cost"),
        "network_milliminutes": (_TIME, "network, volunteers and residents themselves"),
        "external_milliminutes": (_TIME, "other firms"),
    },
)
STAY = Result(
    "account_stay",
    "Stay by component",
    ("unit_id", "component"),
    {
        **_UNIT,
        "component": (pl.String(), "stay component"),
        "days": (_COUNT, "days charged"),
        "stay_cents": (_CENTS, "what they cost; adds up to stay"),
        "freed_cents": (_CENTS, "the part on days that residents do without it"),
    },
)
COMPLETENESS = Result(
    "account_completeness",
    "How complete the data are on which this stands",
    ("stream", "column"),
    {
        "stream": (pl.String(), "stream"),
        "column": (pl.String(), "column"),
        "rows": (_COUNT, "rows"),
        "read": (_COUNT, "rows that the source filled"),
        "mapped": (_COUNT, "rows filled by a mapping"),
        "supplemented": (_COUNT, "rows filled by a supplement"),
        "missing": (_COUNT, "rows that stayed empty"),
        "known_share": (pl.Float64(), "rows that are filled, of all rows; null: no rows"),
    },
)
RULES = Result(
    "account_findings",
    "What the checks found, by rule",
    ("rule", "severity"),
    {
        "rule": (pl.String(), "rule or code"),
        "severity": (pl.String(), "error, warning, info"),
        "findings": (_COUNT, "how many"),
        "amount_cents": (_CENTS, "their amounts together, without their signs; null: none has one"),
        "milliminutes": (_TIME, "their times together, without their signs; null: none has one"),
    },
)
CHECK = Result(
    "account_check",
    "The sums of the budgets held against the lines behind them and against the bridge",
    ("part",),
    {
        "part": (pl.String(), "care, private, outside, stay"),
        "budgets_cents": (_CENTS, "sum of the budgets"),
        "behind_cents": (_CENTS, "sum of the lines or components behind them"),
        "bridge_cents": (_CENTS, "what the bridge says; null: no bridge"),
        "difference_cents": (_CENTS, "the greatest distance between these: nought when all is well"),
    },
)
BASIS = Result(
    "account_basis",
    "On what this stands: period, version and fingerprint of the calculation, cost window",
    ("fact",),
    {"fact": (pl.String(), "what"), "value": (pl.String(), "its value; null: not known")},
)
RESULTS = (UNITS, PROFILES, FUNCTIONS, STAY, COMPLETENESS, RULES, CHECK, BASIS)

_MONEY = ("available_cents", "care_cents", "stay_cents", "required_cents", "balance_cents")
_DAYS = ("held_days", "present_days", "paid_days")


def make(given: Given) -> Made:
    """See the module."""
    budgets = given.tables["resident_budgets"].join(
        given.tables["resident_network"].select("resident_id", "unit_id", "zzp"),
        on=["resident_id", "unit_id"],
        how="left",
    )
    tree = _tree(given.streams["units"], budgets["unit_id"])
    lines = _by_function(given.tables["lines"])
    stay = given.tables["resident_components"].rename({"cents": "stay_cents"})
    check = CHECK.of(_check(budgets, lines, stay, given.tables["bridge"]))
    rows = _spread(budgets, tree)
    # A resident may stand in several units under one roof: counted once there.
    people = pl.col("resident_id").n_unique().alias("residents")
    units = rows.group_by("scope", "kind").agg(people, pl.col(*_DAYS, *_MONEY, *_BESIDE).sum())
    profiles = rows.group_by("scope", "zzp").agg(people, pl.col(*_DAYS, *_MONEY).sum())
    functions = _spread(lines, tree).group_by("scope", "care_function").agg(pl.col(pl.Int64).sum())
    parts = stay.group_by("unit_id", "component").agg(pl.col("days", "stay_cents", "freed_cents").sum())
    stays = _spread(parts, tree).group_by("scope", "component").agg(pl.col("days", "stay_cents", "freed_cents").sum())
    tables = {
        UNITS.name: UNITS.of(units.rename({"scope": "unit_id"})),
        PROFILES.name: PROFILES.of(profiles.rename({"scope": "unit_id"})),
        FUNCTIONS.name: FUNCTIONS.of(functions.rename({"scope": "unit_id"})),
        STAY.name: STAY.of(stays.rename({"scope": "unit_id"})),
        COMPLETENESS.name: COMPLETENESS.of(
            given.tables["completeness"].with_columns(
                known_share=pl.when(pl.col("rows") > 0).then((1 - pl.col("missing") / pl.col("rows")).round(6))
            )
        ),
        RULES.name: RULES.of(_rules(given)),
        CHECK.name: check,
        BASIS.name: BASIS.of(_basis(given)),
    }
    return Made(tables, frame(_findings(budgets, check)))


def _tree(units: pl.DataFrame, used: pl.Series) -> pl.DataFrame:
    """unit_id, scope, kind: each location and department above a unit; a unit nobody declared stands for itself."""
    declared = above(units).filter(pl.col("kind_above") != "organisation")
    loose = pl.DataFrame({"unit_id": used.unique()}, schema={"unit_id": pl.String}).join(
        units, on="unit_id", how="anti"
    )
    return pl.concat(
        [
            declared.select("unit_id", scope="above", kind="kind_above"),
            loose.select("unit_id", scope="unit_id", kind=pl.lit(None, pl.String)),
        ]
    )


def _spread(rows: pl.DataFrame, tree: pl.DataFrame) -> pl.DataFrame:
    """Each row once for each unit it lies under (``scope``), and once for the whole organisation (null)."""
    nothing = pl.lit(None, pl.String)
    return pl.concat([rows.join(tree, on="unit_id"), rows.with_columns(scope=nothing, kind=nothing)]).drop("unit_id")


def _by_function(lines: pl.DataFrame) -> pl.DataFrame:
    staff = pl.col("performer") == "staff"
    sums = {
        f"{name}_{column}": pl.col(source).filter(staff & (pl.col("payer") == payer)).sum()
        for name, payer in (("wlz", "wlz"), ("private", "resident"), ("outside", "none"))
        for column, source in (("milliminutes", "milliminutes"), ("cents", "cost_cents"))
    }
    time = pl.col("milliminutes")
    return (
        lines.lazy()
        .group_by("unit_id", "care_function")
        .agg(
            **sums,
            network_milliminutes=time.filter(pl.col("performer").is_in(NETWORK)).sum(),
            external_milliminutes=time.filter(pl.col("performer") == "external").sum(),
        )
        .collect()
    )


def _check(budgets: pl.DataFrame, lines: pl.DataFrame, stay: pl.DataFrame, bridge: pl.DataFrame) -> pl.DataFrame:
    told = dict(bridge.group_by("part").agg(pl.col("cents").sum()).iter_rows())
    rows = []
    for part, column in (
        ("care", "wlz_cents"),
        ("private", "private_cents"),
        ("outside", "outside_cents"),
        ("stay", ""),
    ):
        sums = [int(budgets[f"{part}_cents"].sum()), int(lines[column].sum() if column else stay["stay_cents"].sum())]
        of_bridge = told.get(part)
        known = [*sums, *([] if of_bridge is None else [int(of_bridge)])]
        rows.append((part, *sums, of_bridge, max(known) - min(known)))
    return pl.DataFrame(rows, schema=CHECK.schema(), orient="row")


def _rules(given: Given) -> pl.DataFrame:
    """Counted only: a sentence of a finding may be about one resident, and this goes to others."""
    found = reconcile(given.mapped, given.tables, given.settings, given.period)
    known = {
        name: pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).abs().sum())
        for name in ("amount_cents", "milliminutes")
    }
    return found.group_by("rule", "severity").agg(pl.len().alias("findings"), **known)


def _basis(given: Given) -> pl.DataFrame:
    percentage = given.settings.budget.contract_percentage * 100
    facts = {
        "period": str(given.period),
        "version": str(given.version) if given.version else None,
        "fingerprint": given.fingerprint or None,
        "cost_window": str(given.settings.cost_price.window or given.period.window()),
        "contract_percentage": f"{percentage.normalize():f}%",
    }
    return pl.DataFrame({"fact": list(facts), "value": list(facts.values())}, schema=BASIS.schema())


def _findings(budgets: pl.DataFrame, check: pl.DataFrame) -> Iterator[Finding]:
    if budgets.is_empty():
        yield Finding(
            "I88",
            "warning",
            "In deze periode heeft geen enkele bewoner een verblijf: er is niets te verantwoorden.",
            "Controleer of een koppeling stays levert voor deze periode: ipvb-bridge state",
        )
    for row in check.filter(pl.col("difference_cents") != 0).iter_rows(named=True):
        yield Finding(
            "I88",
            "error",
            f"De som van de budgetten en wat eronder ligt verschillen ({row['part']}): de verantwoording sluit niet.",
            "Bereken de maand opnieuw met ipvb-bridge calculate en maak deze pagina dan opnieuw.",
            subject=row["part"],
            amount_cents=row["difference_cents"],
        )


INSTRUMENT = Instrument(
    "monthly_account",
    "What is required and available this month, and what substantiates it for the zorgkantoor?",
    RESULTS,
    make,
)
