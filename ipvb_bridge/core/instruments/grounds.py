"""Care by ground: why care is given, what of it serves wellbeing, and what is given without ground.

The grounds (health risk, self-care, wellbeing) and the payer (the *streep in het zand*) are fields of a care agreement
(method section 2). Sums of lines of the calculation, so every table adds up to them. Shares are of care time.
"""

from __future__ import annotations

import polars as pl

from ipvb_bridge.core.findings import Finding, frame
from ipvb_bridge.core.instruments.contract import Given, Instrument, Made, Result

_CELL = {
    "lines": (pl.Int64(), "lines counted"),
    "milliminutes": (pl.Int64(), "agreed time by staff in the period"),
    "cost_cents": (pl.Int64(), "what that time costs"),
}
_UNIT = {"unit_id": (pl.String(), "the unit where the care is given")}

BY_GROUND = Result(
    "care_by_ground",
    "Time and money of staff by unit, ground and payer; a part of the unit's staff time",
    ("unit_id", "ground", "payer"),
    {
        **_UNIT,
        "ground": (pl.String(), "health_risk, self_care, wellbeing; null: not stated"),
        "payer": (pl.String(), "wlz, resident, none; null: not stated"),
        **_CELL,
        "time_share": (pl.Float64(), "part of the unit's staff time"),
    },
)
WELLBEING = Result(
    "wellbeing",
    "Time and money of staff that serve leefplezier, by unit and client group",
    ("unit_id", "client_group"),
    {
        **_UNIT,
        "client_group": (pl.String(), "somatic, pg, other; null: not stated"),
        "wellbeing_milliminutes": (pl.Int64(), "staff time marked as wellbeing, or with that ground"),
        "wellbeing_cents": (pl.Int64(), "what that time costs"),
        "milliminutes": (pl.Int64(), "all staff time"),
        "cost_cents": (pl.Int64(), "what all that time costs"),
        "wellbeing_share": (pl.Float64(), "wellbeing time as a part of all staff time; null: no time"),
    },
)
WITHOUT_GROUND = Result(
    "without_ground",
    "What staff give that nobody pays for (payer none), by unit and care function: in nobody's budget",
    ("unit_id", "care_function"),
    {**_UNIT, "care_function": (pl.String(), "care function; null: not stated"), **_CELL},
)


def make(given: Given) -> Made:
    """See the module. Lines of other performers than staff are left out: they cost nothing and have no ground here."""
    about = given.streams["care_agreements"].select(
        "agreement_id", "ground", wellbeing=pl.col("wellbeing").fill_null(False) | (pl.col("ground") == "wellbeing")
    )
    groups = given.streams["residents"].select("resident_id", "client_group")
    lines = (
        given.tables["lines"]
        .lazy()
        .filter(pl.col("performer") == "staff")
        .select("agreement_id", "resident_id", "unit_id", "care_function", "payer", "milliminutes", "cost_cents")
        .join(about.lazy(), on="agreement_id", how="left")
        .join(groups.lazy(), on="resident_id", how="left")
        .with_columns(pl.col("wellbeing").fill_null(False), lines=pl.lit(1, pl.Int64))
    )
    cell = pl.col("lines", "milliminutes", "cost_cents").sum()
    # Read once, into as many cells as the tables need together; each table sums these.
    by = ("unit_id", "ground", "payer", "client_group", "care_function", "wellbeing")
    cells = lines.group_by(by).agg(cell).collect(engine="streaming")
    whole = pl.col("milliminutes").sum().over("unit_id")
    by_ground = cells.group_by("unit_id", "ground", "payer").agg(cell).with_columns(time_share=_part(whole))
    serves = pl.col("wellbeing")
    wellbeing = (
        cells.group_by("unit_id", "client_group")
        .agg(
            pl.col("milliminutes", "cost_cents").sum(),
            wellbeing_milliminutes=pl.col("milliminutes").filter(serves).sum(),
            wellbeing_cents=pl.col("cost_cents").filter(serves).sum(),
        )
        .with_columns(
            wellbeing_share=pl.when(pl.col("milliminutes") > 0).then(
                (pl.col("wellbeing_milliminutes") / pl.col("milliminutes")).round(6)
            )
        )
    )
    outside = cells.filter(pl.col("payer") == "none").group_by("unit_id", "care_function").agg(cell)
    tables = {
        result.name: result.of(made)
        for result, made in ((BY_GROUND, by_ground), (WELLBEING, wellbeing), (WITHOUT_GROUND, outside))
    }
    return Made(tables, _findings(tables["care_by_ground"]))


def _part(whole: pl.Expr) -> pl.Expr:
    return pl.when(whole > 0).then((pl.col("milliminutes") / whole).round(6))


def _findings(by_ground: pl.DataFrame) -> pl.DataFrame:
    unknown = by_ground.filter(pl.col("ground").is_null())
    lines, milliminutes, cents = unknown.select(pl.col("lines", "milliminutes", "cost_cents").sum()).row(0)
    if not lines:
        return frame(())
    return frame(
        [
            Finding(
                "I01",
                "info",
                f"Van {lines} zorgregels is de grond niet bekend; zij staan apart in de tabel.",
                "Vul de grond aan in mappings/activities.csv of mappings/agreements.csv en bereken opnieuw.",
                amount_cents=cents,
                milliminutes=milliminutes,
            )
        ]
    )


INSTRUMENT = Instrument(
    "grounds",
    "Why is care given: by ground, for wellbeing, and without ground?",
    (BY_GROUND, WELLBEING, WITHOUT_GROUND),
    make,
)
