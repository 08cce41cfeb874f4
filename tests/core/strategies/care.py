"""Residents: stays, absences, indications, agreements, opt-outs, and the tariffs they fall under."""

from __future__ import annotations

import datetime as dt

from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import CARE_FUNCTIONS, DAY_PARTS, LEVELS, MAPPINGS, NORMS, STREAMS
from tests.core.strategies.draws import DAY, UNITS, Draw, Row, chance, end_day, ids, number, pick, row, spans, start_day

ZZP = ("4VV", "5VV")

FORMS = ("stay", "vpt", "mpt", "pgb", "part_time_stay")

VENDOR_FORMS = {"VERBLIJF": "stay", "thuis": "vpt"}


def stays(draw: Draw, period: Period, resident: str, *, steady: bool) -> list[Row]:
    given = [(period.start - 500 * DAY, None)] if steady else spans(draw, period, 3)
    return [
        row(
            STREAMS["stays"],
            stay_id=f"{key}{resident}",
            resident_id=resident,
            unit_id=pick(draw, *UNITS),
            start_date=start,
            end_date=end,
        )
        for key, (start, end) in zip(ids(draw, "S", len(given)), given, strict=True)
    ]


def absences(draw: Draw, period: Period, resident: str, *, travels: bool) -> list[Row]:
    if travels:
        return vacations(draw, period, resident)
    if not chance(draw, 2):
        return []
    if chance(draw, 3):
        return illness(draw, period, resident)
    reasons = pick(
        draw,
        ("vacation", "detention"),
        ("hospital", "other_institution"),
        ("vacation", "hospital", "weekend", "detention", "other_institution"),
    )
    return [
        row(
            STREAMS["absences"],
            absence_id=f"A{index}{resident}",
            resident_id=resident,
            reason=pick(draw, *reasons),
            start_date=start,
            end_date=end,
        )
        for index, (start, end) in enumerate(spans(draw, period, 5))
    ]


def vacations(draw: Draw, period: Period, resident: str) -> list[Row]:
    """Short vacations one after the other, up to the days a year that stay paid and beyond."""
    rows: list[Row] = []
    last = period.end
    for index in range(number(draw, 3, 8)):
        start = last - (number(draw, 7, 15) - 1) * DAY
        reason = pick(draw, "vacation", "detention")
        rows.append(
            row(
                STREAMS["absences"],
                absence_id=f"A{index}{resident}",
                resident_id=resident,
                reason=reason,
                start_date=start,
                end_date=last,
            )
        )
        last = start - pick(draw, 2, 2, 3, 1) * DAY
    return rows


def illness(draw: Draw, period: Period, resident: str) -> list[Row]:
    """A stay in hospital and elsewhere, touching or not, of which the 91st day falls in or near the period."""
    start = period.start + (number(draw, -3, period.days + 1) - 90) * DAY
    moved = start + number(draw, 1, 80) * DAY
    spans = [("hospital", start, moved), ("other_institution", moved + pick(draw, 1, 0, 2) * DAY, None)]
    return [
        row(
            STREAMS["absences"],
            absence_id=f"A{reason}{resident}",
            resident_id=resident,
            reason=reason,
            start_date=first,
            end_date=last,
        )
        for reason, first, last in spans
    ]


def indications(draw: Draw, period: Period, resident: str, *, steady: bool) -> list[Row]:
    if chance(draw, 6):
        return []
    given = spans(draw, period, 3)
    if steady:
        given.append((period.start - 500 * DAY, None))
    return [
        row(
            STREAMS["indications"],
            indication_id=f"{key}{resident}",
            resident_id=resident,
            basis=pick(draw, "assigned", "indicated"),
            zzp=pick(draw, *ZZP),
            delivery_form=pick(draw, "stay", "stay", *FORMS, *VENDOR_FORMS),
            with_treatment=chance(draw, 2),
            with_day_care=False,
            start_date=start,
            end_date=end,
        )
        for key, (start, end) in zip(ids(draw, "I", len(given)), given, strict=True)
    ]


def tariffs(draw: Draw, period: Period, indicated: list[Row]) -> list[Row]:
    """Of each profile that somebody has: one row, rows that follow or overlap, a gap, or none."""
    start = period.start
    middle = start + (period.days // 2) * DAY
    long = dt.date(2020, 1, 1)
    shapes: tuple[tuple[tuple[dt.date, dt.date | None], ...], ...] = (
        ((long, None),),
        ((long, None),),
        ((long, None),),
        ((long, middle), (middle + DAY, None)),
        ((long, None), (middle, None)),
        ((middle, None),),
        ((long, start),),
        (),
    )
    names = ("zzp", "delivery_form", "with_treatment", "with_day_care")
    profiles = {tuple(VENDOR_FORMS.get(given[name], given[name]) for name in names) for given in indicated}
    return [
        row(
            NORMS["tariffs"],
            **dict(zip(names, profile, strict=True)),
            start_date=first,
            end_date=last,
            day_tariff=number(draw, 10_000, 40_000),
        )
        for profile in sorted(profiles)
        for first, last in pick(draw, *shapes)
    ]


def performer_and_payer(draw: Draw) -> tuple[str, str]:
    return pick(  # type: ignore[no-any-return]  # one of the pairs below
        draw,
        ("staff", "wlz"),
        ("staff", "wlz"),
        ("staff", "resident"),
        ("staff", "none"),
        ("network", "none"),
        ("self", "none"),
        ("volunteer", "none"),
        ("external", "resident"),
    )


SUPPLEMENTED = ("payer", "group_size", "level", "minutes")


def agreements(draw: Draw, period: Period, resident: str, levels: list[str]) -> tuple[list[Row], list[Row]]:
    """Agreements, and the supplements of what is blanked in them."""
    rows, supplements = [], []
    for index in range(number(draw, 0, 5)):
        start = start_day(draw, period)
        performer, payer = performer_and_payer(draw)
        per = pick(draw, "day", "day", "week", "four_weeks", "month", "year")
        weekdays = pick(draw, None, None, None, "1 3 5", "7", "2 3 4 5 6 7") if per == "day" else None
        agreement = row(
            STREAMS["care_agreements"],
            agreement_id=f"G{index}{resident}",
            resident_id=resident,
            activity_code=pick(draw, None, "A1", "A2"),
            care_function=pick(draw, *CARE_FUNCTIONS),
            day_part=pick(draw, *DAY_PARTS),
            level=pick(draw, *levels),
            performer=performer,
            payer=payer,
            minutes=pick(draw, 125_000, 300_000, 0, 1, 73_333, 14_400_000)
            if chance(draw, 2)
            else number(draw, 0, 900_000),
            times=pick(draw, 10_000, 20_000, 5_000, 0, 33_333, 1_000_000),
            per=per,
            weekdays=weekdays,
            staff_count=pick(draw, 1, 1, 2, 3, 100),
            group_size=pick(draw, 1, 1, 4, 6, 7, 8, 997),
            agreed_on=start,
            start_date=start,
            end_date=end_day(draw, start),
            ground="self_care",
            wellbeing=False,
        )
        if chance(draw, 4):
            blanked = pick(draw, *SUPPLEMENTED)
            supplements.append(
                row(MAPPINGS["agreements"], agreement_id=agreement["agreement_id"], **{blanked: agreement[blanked]})
            )
            agreement[blanked] = None
        elif agreement["activity_code"] == "A1" and chance(draw, 2):
            agreement["care_function"] = None  # the activity mapping fills it
        rows.append(agreement)
    return rows, supplements


def opt_outs(draw: Draw, period: Period, resident: str, components: tuple[str, ...]) -> list[Row]:
    if not components or not chance(draw, 3):
        return []
    return [
        row(
            STREAMS["opt_outs"],
            opt_out_id=f"O{index}{resident}",
            resident_id=resident,
            component=pick(draw, *components),
            start_date=start,
            end_date=end,
        )
        for index, (start, end) in enumerate(spans(draw, period, 3))
    ]


def cover(draw: Draw, agreed: list[Row]) -> list[Row]:
    """Minimum cover beside the demand of some agreements, and somewhere else."""
    cells = {(agreement["day_part"], agreement["level"]) for agreement in agreed if agreement["level"]}
    keys = {(pick(draw, *UNITS), *cell) for cell in sorted(cells) if chance(draw, 2)}
    if chance(draw, 3):
        keys.add((pick(draw, *UNITS), pick(draw, *DAY_PARTS), pick(draw, *LEVELS)))
    return [
        row(
            NORMS["minimum_cover"],
            unit_id=unit,
            day_part=day_part,
            level=level,
            persons=pick(draw, 10_000, 5_000, 0, 25_000, 100),
        )
        for unit, day_part, level in sorted(keys)
    ]
