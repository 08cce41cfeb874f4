"""The person's profile (Uw Persoonlijk Profiel): who someone is, and the care agreed for the period's last day.

The sections are the resident's own words as the care file delivers them; nothing is added. The care is that of "Uw
zorg vandaag" (:func:`ipvb_bridge.core.today.care_on`). Only residents who have a place on that day have a profile.
"""

from __future__ import annotations

import polars as pl

from ipvb_bridge.core.days import resident_days
from ipvb_bridge.core.findings import Finding, frame
from ipvb_bridge.core.instruments.contract import Given, Instrument, Made, Result
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.today import care_rows

PEOPLE = Result(
    "profile_people",
    "Residents with a place on the period's last day",
    ("resident_id",),
    {
        "resident_id": (pl.String(), "the resident"),
        "unit_id": (pl.String(), "where the resident lives"),
        "sections": (pl.Int64(), "sections of the profile that are filled"),
        "agreements": (pl.Int64(), "agreements for that day, or for some day around it"),
    },
)
TEXTS = Result(
    "profile_texts",
    "The sections of the profile, in the resident's own words",
    ("resident_id", "section"),
    {
        "resident_id": (pl.String(), "the resident"),
        "section": (pl.String(), "likes, dislikes, need_to_know, my_care, family_and_friends, agreements"),
        "text": (pl.String(), "as delivered"),
    },
)
CARE = Result(
    "profile_care",
    "The care agreed for the period's last day",
    ("resident_id", "agreement_id"),
    {
        "resident_id": (pl.String(), "the resident"),
        "agreement_id": (pl.String(), "the agreement"),
        "today": (pl.Boolean(), "true: for this very day; false: for some day of its week, month or year"),
        "day_part": (pl.String(), "day part; null: any"),
        "care_function": (pl.String(), "care function"),
        "description": (pl.String(), "what was agreed"),
        "performer": (pl.String(), "who gives it"),
        "milliminutes": (pl.Int64(), "how long one time lasts"),
        "times": (pl.Float64(), "times in each `per`"),
        "per": (pl.String(), "day, week, four_weeks, month, year"),
        "staff_count": (pl.Int64(), "carers at once"),
        "group_size": (pl.Int64(), "residents at once"),
    },
)


def make(given: Given) -> Made:
    """See the module."""
    streams, day = given.streams, given.period.end
    days = resident_days(streams["stays"], streams["absences"], streams["indications"], Period(day, day))
    here = days.segments.select("resident_id", "unit_id").unique("resident_id")
    texts = streams["profiles"].filter(pl.col("text").str.strip_chars() != "")
    texts = texts.join(here, on="resident_id", how="semi")
    care = CARE.of(
        care_rows(streams["care_agreements"], days.segments, day)
        .with_columns(pl.col("times") / 10_000)
        .select(*CARE.columns)
        .collect(engine="streaming")
    )
    counts = [
        rows.group_by("resident_id").agg(pl.len().cast(pl.Int64).alias(name))
        for rows, name in ((texts, "sections"), (care, "agreements"))
    ]
    people = here
    for each in counts:
        people = people.join(each, on="resident_id", how="left")
    people = people.with_columns(pl.col("sections", "agreements").fill_null(0))
    without = people.filter(pl.col("sections") == 0).height
    notes = [
        Finding(
            "I61",
            "info",
            f"{without} van de {people.height} bewoners hebben nog geen profiel.",
            "Vul het profiel met de bewoner in het zorgdossier, en haal opnieuw op.",
        )
    ]
    tables = {"profile_people": PEOPLE.of(people), "profile_texts": TEXTS.of(texts), "profile_care": care}
    return Made(tables, frame(notes if without else ()))


INSTRUMENT = Instrument(
    "profile", "Who is this person, and what care is agreed for today?", (PEOPLE, TEXTS, CARE), make
)
