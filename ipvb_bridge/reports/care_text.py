"""Uw zorg vandaag in plain words, for a field of text in another system: what holds until it is replaced."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping
from typing import Any

from ipvb_bridge.reports.numbers import figures
from ipvb_bridge.reports.terms import Language, Terms, terms
from ipvb_bridge.reports.today import item_in_words

Item = Mapping[str, Any]


def care_text(data: Item, descriptions: Mapping[str, str], day: dt.date, language: Language) -> str:
    """The care of ``data`` (kind care_today) in lines: a heading a day part, then a line for each thing that is done.

    ``descriptions``: the team's own words by agreement_id. An item that begins after ``day`` says when; one that ends
    says until when. The same data, words and day give the same text.
    """
    words = terms(language)
    items = [(part["day_part"], item) for part in data["day_parts"] for item in part["items"]]
    fixed = [each for each in items if each[1]["per"] == "day"]
    lines: list[str] = []
    for day_part, own in itertools.groupby(fixed, lambda each: each[0]):
        heading = words.day_parts[day_part] if day_part else str(words("today.any"))
        lines += ["", f"{heading[:1].upper()}{heading[1:]}"]
        lines += [_line(item, descriptions, day, words) for _, item in own]
    later = [item for _, item in items if item["per"] != "day"]
    if later:
        lines += ["", f"{words('today.later')} ({words('today.later_of')})"]
        lines += [_line(item, descriptions, day, words) for item in later]
    return "\n".join(lines).strip()


def _line(item: Item, descriptions: Mapping[str, str], day: dt.date, words: Terms) -> str:
    title, told = item_in_words({**item, "description": descriptions.get(item["agreement_id"])}, words)
    written = figures(words.language)
    if item["weekdays"]:
        told = [", ".join(words.weekdays[int(number) - 1] for number in item["weekdays"].split()), *told]
    if dt.date.fromisoformat(item["start_date"]) > day:
        told.append(words("today.from", day=written.day(item["start_date"])))
    if item["end_date"]:
        told.append(words("today.until", day=written.day(item["end_date"])))
    # Words of ours are marked as safe for a page; here they are plain text.
    return f"- {title}: {'; '.join(str(each) for each in told)}" if told else f"- {title}"
