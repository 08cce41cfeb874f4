"""The monthly conversation (koffiemoment): who is due, what changed since the last, what differs from the agreement.

The method agrees care with each resident every month. Our reading: a conversation is due ``every_days`` after the last
one, at once for who never had one; what changed are agreements and indications that began or ended after the day of
the last conversation; agreed and delivered are compared over the period, staff lines against deliveries, as in
reconciliation rule R03 but by care function.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from ipvb_bridge.core.days import resident_days
from ipvb_bridge.core.findings import Finding, frame
from ipvb_bridge.core.instruments.contract import Given, Instrument, Made, Result
from ipvb_bridge.core.mapping import ZONE
from ipvb_bridge.core.periods import Period

_RESIDENT = {"resident_id": (pl.String(), "the resident")}
LIST = Result(
    "conversation_list",
    "Residents with a place on the period's last day, and when their next conversation is due",
    ("resident_id",),
    {
        **_RESIDENT,
        "unit_id": (pl.String(), "where the resident lives"),
        "last_date": (pl.Date(), "the last conversation up to the period's last day; null: none yet"),
        "due_date": (pl.Date(), "when the next one is due; null: never had one, so now"),
        "due": (pl.Boolean(), "true: due on the period's last day"),
        "changes": (pl.Int64(), "what changed since the last conversation"),
        "agreed_milliminutes": (pl.Int64(), "agreed time of staff in the period"),
        "delivered_milliminutes": (pl.Int64(), "delivered time in the period; null: nobody delivers it"),
        "balance_cents": (pl.Int64(), "available less required in the period; null: no budget"),
    },
)
CHANGES = Result(
    "conversation_changes",
    "What began or ended after the last conversation, up to the period's last day",
    ("resident_id", "date", "what", "subject"),
    {
        **_RESIDENT,
        "date": (pl.Date(), "first day of what began; first day without what ended"),
        "what": (pl.String(), "agreement_began, agreement_ended, indication_began, indication_ended"),
        "subject": (pl.String(), "id of the agreement or indication"),
        "care_function": (pl.String(), "care function of an agreement"),
        "description": (pl.String(), "what was agreed, or the care profile"),
    },
)
DIFFERENCES = Result(
    "conversation_differences",
    "Agreed and delivered time of the period by care function, where they differ",
    ("resident_id", "care_function"),
    {
        **_RESIDENT,
        "care_function": (pl.String(), "care function; null: a delivery that names none"),
        "agreed_milliminutes": (pl.Int64(), "agreed time of staff"),
        "delivered_milliminutes": (pl.Int64(), "delivered time"),
        "difference_milliminutes": (pl.Int64(), "delivered less agreed"),
    },
)


def make(given: Given) -> Made:
    """See the module. Without any delivery in the period nothing is compared."""
    streams, day = given.streams, given.period.end
    every = given.settings.instruments.conversations.every_days
    held = resident_days(streams["stays"], streams["absences"], streams["indications"], Period(day, day))
    here = held.segments.select("resident_id", "unit_id").unique("resident_id")
    last = (
        streams["conversations"]
        .filter(pl.col("date") <= day)
        .group_by("resident_id")
        .agg(last_date=pl.col("date").max())
    )
    people = here.join(last, on="resident_id", how="left").with_columns(
        due_date=pl.col("last_date") + dt.timedelta(days=every)
    )
    changes = _changes(given, people)
    differences = _differences(given).join(here, on="resident_id", how="semi")
    compared = differences.height > 0 and _deliveries(given).height > 0
    sums = differences.group_by("resident_id").agg(pl.col("agreed_milliminutes", "delivered_milliminutes").sum())
    budgets = given.tables["resident_budgets"].group_by("resident_id").agg(pl.col("balance_cents").sum())
    made = (
        people.join(changes.group_by("resident_id").agg(changes=pl.len().cast(pl.Int64)), on="resident_id", how="left")
        .join(sums, on="resident_id", how="left")
        .join(budgets, on="resident_id", how="left")
        .with_columns(
            pl.col("changes", "agreed_milliminutes").fill_null(0),
            pl.col("delivered_milliminutes").fill_null(0)
            if compared
            else pl.lit(None, pl.Int64).alias("delivered_milliminutes"),
            due=pl.col("due_date").is_null() | (pl.col("due_date") <= day),
        )
    )
    unequal = differences.filter(pl.col("difference_milliminutes") != 0) if compared else differences.clear()
    tables = {
        "conversation_list": LIST.of(made),
        "conversation_changes": CHANGES.of(changes),
        "conversation_differences": DIFFERENCES.of(unequal),
    }
    return Made(tables, _findings(given, tables["conversation_list"], compared=compared))


def _changes(given: Given, people: pl.DataFrame) -> pl.DataFrame:
    """Of residents who had a conversation: without one there is nothing to compare with."""
    day = given.period.end
    first = people.select(pl.col("last_date").min()).item()
    if first is None:
        return CHANGES.empty()
    parts = (
        ("agreement", given.streams["care_agreements"], "agreement_id", pl.col("care_function"), pl.col("description")),
        ("indication", given.streams["indications"], "indication_id", pl.lit(None, pl.String), pl.col("zzp")),
    )
    made = []
    for name, rows, subject, function, description in parts:
        known = people.lazy().filter(pl.col("last_date").is_not_null()).select("resident_id", "last_date")
        own = rows.lazy().select(
            "resident_id",
            began=pl.col("start_date"),
            ended=pl.col("end_date") + dt.timedelta(days=1),
            subject=pl.col(subject),
            care_function=function,
            description=description,
        )
        for what in ("began", "ended"):
            # What is old for everyone is left out before anyone is looked up.
            recent = own.filter(pl.col(what) > first, pl.col(what) <= day).join(known, on="resident_id")
            made.append(
                recent.filter(pl.col(what) > pl.col("last_date")).select(
                    "resident_id",
                    date=what,
                    what=pl.lit(f"{name}_{what}"),
                    subject="subject",
                    care_function="care_function",
                    description="description",
                )
            )
    return pl.concat(made).collect(engine="streaming")


def _deliveries(given: Given) -> pl.DataFrame:
    """Deliveries that start on a day of the period."""
    start = pl.col("start").dt.convert_time_zone(ZONE).dt.date()
    return given.streams["care_deliveries"].filter(start.is_between(given.period.start, given.period.end))


def _differences(given: Given) -> pl.DataFrame:
    """Agreed and delivered by resident and care function: that of the delivery, else of its agreement."""
    by = ["resident_id", "care_function"]
    agreed = (
        given.tables["lines"]
        .lazy()
        .filter(pl.col("performer") == "staff")
        .group_by(by)
        .agg(agreed_milliminutes=pl.col("milliminutes").sum())
        .collect(engine="streaming")
    )
    functions = given.streams["care_agreements"].select("agreement_id", of_agreement="care_function")
    delivered = (
        _deliveries(given)
        .join(functions, on="agreement_id", how="left")
        .with_columns(care_function=pl.coalesce("care_function", "of_agreement"))
        .group_by(by)
        .agg(delivered_milliminutes=pl.col("minutes").sum())
    )
    return (
        agreed.join(delivered, on=by, how="full", coalesce=True, nulls_equal=True)
        .with_columns(pl.col("agreed_milliminutes", "delivered_milliminutes").fill_null(0))
        .with_columns(difference_milliminutes=pl.col("delivered_milliminutes") - pl.col("agreed_milliminutes"))
    )


def _findings(given: Given, people: pl.DataFrame, *, compared: bool) -> pl.DataFrame:
    made = []
    never = people.filter(pl.col("last_date").is_null()).height
    if never:
        made.append(
            Finding(
                "I62",
                "info",
                f"Met {never} bewoners is nog geen gesprek vastgelegd.",
                "Leg gesprekken vast in het zorgdossier, of laat de koppeling de stroom conversations leveren.",
            )
        )
    if not compared and people.height:
        made.append(
            Finding(
                "I63",
                "info",
                f"In {given.period} is geen geleverde zorg bekend, dus zij is niet vergeleken met de afspraken.",
                "Laat de koppeling de stroom care_deliveries leveren.",
            )
        )
    return frame(made)


INSTRUMENT = Instrument(
    "conversations",
    "Who is due for the monthly conversation, and what is there to talk about?",
    (LIST, CHANGES, DIFFERENCES),
    make,
)
