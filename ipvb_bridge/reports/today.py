"""Uw zorg vandaag: one resident's care of one day in large type, made from its data and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from ipvb_bridge.core.today import care_on, today_data
from ipvb_bridge.reports.numbers import figures
from ipvb_bridge.reports.rendering import environment
from ipvb_bridge.reports.terms import Language, Terms, terms

__all__ = ["care_on", "render_today", "today_data"]

Data = Mapping[str, Any]


def render_today(data: Data, language: Language) -> str:
    """The page of one day, from ``data`` of :func:`today_data` alone; the same data give the same page."""
    words = terms(language)
    return (
        environment(language)
        .get_template("today.html.j2")
        .render(
            data=data,
            who=data["name"] or data["resident_id"],
            place=", ".join(each for each in (data["unit_name"], data["location_name"]) if each),
            parts=[
                (part["day_part"], [item_in_words(item, words) for item in part["items"]]) for part in data["today"]
            ],
            later=[item_in_words(item, words) for part in data["later"] for item in part["items"]],
        )
    )


def item_in_words(item: Data, words: Terms) -> tuple[str, list[str]]:
    """What is done, and in a few words how often, how long, by whom and with how many."""
    written = figures(words.language)

    def plain(value: Decimal) -> str:
        places = next(places for places in (0, 1, 2) if places == 2 or not value * 10**places % 1)
        return written.decimal(value, places)

    told: list[str] = []
    times = None if item["times"] is None else Decimal(item["times"]) / 10_000
    if item["per"] not in (None, "day") and times is not None:
        told.append(words(f"per.{item['per']}", times=plain(times)))
    elif times is not None and times != 1:
        told.append(words("today.times", times=plain(times)))
    if item["milliminutes"] is not None:
        told.append(_long(item["milliminutes"], words, plain))
    if (item["group_size"] or 1) > 1:
        told.append(words("today.group", size=item["group_size"]))
    # Staff is who comes: only others, and two of them at once, are worth a word.
    if item["performer"] not in (None, "staff"):
        told.append(words(f"by.{item['performer']}"))
    elif (item["staff_count"] or 1) > 1:
        told.append(words("today.staff", count=item["staff_count"]))
    title = item["description"] or words.care_functions.get(item["care_function"] or "", item["agreement_id"])
    return title, told


def _long(milliminutes: int, words: Terms, plain: Callable[[Decimal], str]) -> str:
    whole, rest = divmod(milliminutes, 60_000)
    if whole < 2:
        said = plain(Decimal(milliminutes) / 1000)
        return words("today.minute") if said == "1" else words("today.minutes", minutes=said)
    if not rest:
        return words("today.hours", hours=whole)
    return words("today.hours_minutes", hours=whole, minutes=plain(Decimal(rest) / 1000))
