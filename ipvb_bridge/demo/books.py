"""Invented books: a year of balanced entries that tie to the payroll, apart from a few explained differences."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from ipvb_bridge.demo.house import DEPARTMENTS, YEAR, dice
from ipvb_bridge.demo.pay import MONTHS, hired_cost, month_cost
from ipvb_bridge.demo.staff import Contract


@dataclass(frozen=True, slots=True)
class Account:
    """A ledger account: number, name, type (B balance sheet, P profit and loss) and RGS code."""

    account_id: str
    name: str
    kind: str
    rgs_code: str


ACCOUNTS = (
    Account("0100", "Gebouwen", "B", "BMvaBegVvp"),
    Account("0600", "Eigen vermogen", "B", "BEivKap"),
    Account("0700", "Leningen", "B", "BLasSak"),
    Account("1000", "Bank", "B", "BLimBan"),
    Account("1300", "Te vorderen Wlz", "B", "BVorDeb"),
    Account("1600", "Crediteuren", "B", "BSchCre"),
    Account("1700", "Loonheffing en pensioenpremie", "B", "BSchBepLhe"),
    Account("1720", "Te betalen netto lonen", "B", "BSchSal"),
    Account("1730", "Reservering vakantietoeslag en eindejaarsuitkering", "B", "BSchSalVpe"),
    Account("4000", "Lonen", "P", "WPerLesLon"),
    Account("4010", "Onregelmatigheidstoeslag", "P", "WPerLesOnr"),
    Account("4020", "Vakantietoeslag en eindejaarsuitkering", "P", "WPerLesVag"),
    Account("4100", "Sociale lasten", "P", "WPerSol"),
    Account("4110", "Pensioenlasten", "P", "WPerPen"),
    Account("4200", "Opleidingskosten", "P", "WBedOvpOpk"),
    Account("4210", "Reiskosten en werkkleding", "P", "WBedOvpRkv"),
    Account("4300", "Verpleegartikelen", "P", "WKprKvg"),
    Account("4310", "Incontinentiemateriaal", "P", "WKprKvg"),
    Account("4400", "Voedingsmiddelen", "P", "WKprKvg"),
    Account("4410", "Schoonmaak door derden", "P", "WBedHuiSch"),
    Account("4420", "Wasverzorging door derden", "P", "WKprKuw"),
    Account("4430", "Activiteiten bewoners", "P", "WBedAlg"),
    Account("4500", "Energie", "P", "WBedHuiGwe"),
    Account("4510", "Water", "P", "WBedHuiGwe"),
    Account("4600", "Huur", "P", "WBedHuiHuu"),
    Account("4610", "Afschrijving gebouwen", "P", "WAfsAmvBeg"),
    Account("4620", "Onderhoud", "P", "WBedHuiOng"),
    Account("4700", "ICT", "P", "WBedKan"),
    Account("4710", "Verzekeringen", "P", "WBedAss"),
    Account("4720", "Accountant en advies", "P", "WBedAea"),
    Account("4800", "Personeel niet in loondienst", "P", "WBedOvpUit"),
    Account("8000", "Opbrengst Wlz", "P", "WOmzNod"),
)
CENTRES = (
    *((each.cost_centre, f"Zorg {each.name}") for each in DEPARTMENTS),
    ("2001", "Bestuur en administratie"),
    ("2002", "Facilitaire dienst"),
    ("2003", "Opleiding"),
    ("3001", "Huisvesting"),
    ("3002", "Keuken"),
    ("3003", "Schoonmaak"),
    ("3004", "Wasserij"),
    ("3005", "Energie"),
    ("3006", "Activiteiten"),
)
JOURNALS = (
    ("LOON", "Salarisjournaal", "Y"),
    ("INK", "Inkoop", "P"),
    ("MEMO", "Memoriaal", "M"),
    ("BANK", "Bank", "B"),
    ("VERK", "Verkoop", "S"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One transaction line; cents, debit positive."""

    account_id: str
    cost_centre: str
    cents: int
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A journal entry; its lines add up to zero."""

    journal: str
    number: str
    period: int
    date: dt.date
    text: str
    lines: tuple[Line, ...]


OPENING = (
    ("0100", 31_400_000_00),
    ("1000", 2_150_000_00),
    ("1300", 1_020_000_00),
    ("0700", -24_800_000_00),
    ("1600", -410_000_00),
    ("1730", -820_000_00),
    ("0600", -8_540_000_00),
)
"""The opening balance: account and cents. It is no transaction and no cost."""

_PURCHASES = (
    # account, cost centre, euros a month, invoices a month, text
    ("4200", "2003", 12_500, 3, "Scholing"),
    ("4210", "2001", 9_800, 2, "Reiskosten en werkkleding"),
    ("4400", "3002", 71_000, 8, "Levensmiddelen"),
    ("4410", "3003", 41_000, 2, "Schoonmaakdienst"),
    ("4420", "3004", 27_500, 2, "Wasserij"),
    ("4430", "3006", 16_500, 4, "Activiteiten"),
    ("4500", "3005", 61_000, 2, "Gas en elektra"),
    ("4510", "3005", 6_200, 1, "Water"),
    ("4600", "3001", 148_000, 3, "Huur"),
    ("4620", "3001", 42_000, 5, "Onderhoud gebouw"),
    ("4620", "2002", 14_500, 3, "Onderhoud installaties"),
    ("4700", "2001", 33_000, 4, "Licenties en beheer"),
    ("4710", "2001", 8_200, 1, "Verzekeringen"),
    ("4720", "2001", 9_500, 2, "Advies"),
)
_PER_DEPARTMENT = (("4300", 2_900, 2, "Verpleegartikelen"), ("4310", 2_300, 1, "Incontinentiemateriaal"))
_DEPRECIATION = 96_000_00
_EXPLAINED = {
    3: ("1021", 4_812_50, "Nabetaling cao, loopt in de salarisadministratie door april"),
    12: ("1032", -2_150_00, "Vrijval reservering verlof"),
}
"""What the ledger has as wages and payroll has not: month -> cost centre, cents, why."""


def entries(people: list[Contract], revenue: dict[str, int]) -> list[Entry]:
    """All entries of the year, in the order of the file. ``revenue``: cents of Wlz income a month."""
    made: list[Entry] = []
    for number, month in enumerate(MONTHS, 1):
        last = dt.date(YEAR, number, calendar.monthrange(YEAR, number)[1])
        made.append(_wages(people, month, number, last))
        invoices = list(_purchases(people, month, number, last))
        made += invoices
        made.append(_memo(number, last))
        if number in _EXPLAINED:
            centre, cents, text = _EXPLAINED[number]
            made.append(
                _entry("MEMO", f"M{number:02d}-2", number, last, text, [("4000", centre, cents), ("1730", "", -cents)])
            )
        made.append(
            _entry(
                "VERK",
                f"V{number:02d}",
                number,
                last,
                "Declaratie Wlz",
                [("1300", "", revenue[month]), ("8000", "", -revenue[month])],
            )
        )
        made += _bank(number, last, made[-len(invoices) - 3 :], revenue[month])
    return made


def _entry(
    journal: str, number: str, period: int, date: dt.date, text: str, lines: Iterable[tuple[str, str, int]]
) -> Entry:
    return Entry(
        journal,
        number,
        period,
        date,
        text,
        tuple(Line(account, centre, cents, text) for account, centre, cents in lines if cents),
    )


def _wages(people: list[Contract], month: str, number: int, last: dt.date) -> Entry:
    sums: dict[tuple[str, str], int] = {}
    for each in people:
        if each.employment == "hired":
            continue
        for component, cents in month_cost(each, month).items():
            key = (component, each.cost_centre)
            sums[key] = sums.get(key, 0) + cents
    lines: list[tuple[str, str, int]] = []
    for (component, centre), cents in sorted(sums.items()):
        if component == "gross":
            reserved = cents * 14 // 100
            lines += [("4000", centre, cents - reserved), ("4020", centre, reserved)]
        elif component == "irregularity":
            lines.append(("4010", centre, cents))
        else:
            pension = cents * 42 // 100
            lines += [("4100", centre, cents - pension), ("4110", centre, pension)]
    cost = sum(cents for _, _, cents in lines)
    reserved = sum(cents for account, _, cents in lines if account == "4020")
    taxes = cost * 38 // 100
    lines += [("1730", "", -reserved), ("1700", "", -taxes), ("1720", "", reserved + taxes - cost)]
    return _entry("LOON", f"L{number:02d}", number, last, f"Lonen {month}", lines)


def _purchases(people: list[Contract], month: str, number: int, last: dt.date) -> Iterable[Entry]:
    wanted = [(account, centre, euros * 100, count, text) for account, centre, euros, count, text in _PURCHASES]
    wanted += [
        (account, each.cost_centre, euros * 100, count, text)
        for each in DEPARTMENTS
        for account, euros, count, text in _PER_DEPARTMENT
    ]
    hired: dict[str, int] = {}
    for one in people:
        if one.employment == "hired":
            hired[one.cost_centre] = hired.get(one.cost_centre, 0) + hired_cost(one, month)
    invoices = [("4800", centre, cents, 1, "Uitzendbureau", 1.0) for centre, cents in sorted(hired.items()) if cents]
    # Energy costs more in winter; the rest moves a few per cent.
    season = 1.25 if number in (1, 2, 12) else 0.82 if number in (6, 7, 8) else 1.0
    invoices += [(a, c, cents, n, t, season if a == "4500" else 1.0) for a, c, cents, n, t in wanted]
    at = 0
    for account, centre, cents, count, text, factor in invoices:
        throw = dice("invoice", account, centre, month)
        total = cents if account in ("4800", "4600") else round(cents * factor * throw.uniform(0.95, 1.05))
        for part in range(count):
            at += 1
            amount = total // count + (total % count if part == 0 else 0)
            date = last.replace(day=throw.randint(1, 28))
            yield _entry(
                "INK", f"I{number:02d}{at:03d}", number, date, text, [(account, centre, amount), ("1600", "", -amount)]
            )


def _memo(number: int, last: dt.date) -> Entry:
    return _entry(
        "MEMO",
        f"M{number:02d}-1",
        number,
        last,
        "Afschrijving gebouwen",
        [("4610", "3001", _DEPRECIATION), ("0100", "", -_DEPRECIATION)],
    )


def _bank(number: int, last: dt.date, booked: list[Entry], revenue: int) -> list[Entry]:
    creditors = -sum(line.cents for each in booked for line in each.lines if line.account_id == "1600")
    wages = -sum(line.cents for each in booked for line in each.lines if line.account_id in ("1700", "1720"))
    return [
        _entry(
            "BANK",
            f"B{number:02d}-1",
            number,
            last,
            "Betaling crediteuren",
            [("1600", "", creditors), ("1000", "", -creditors)],
        ),
        _entry(
            "BANK",
            f"B{number:02d}-2",
            number,
            last,
            "Betaling lonen en loonheffing",
            [("1720", "", wages), ("1000", "", -wages)],
        ),
        _entry(
            "BANK", f"B{number:02d}-3", number, last, "Ontvangst Wlz", [("1000", "", revenue), ("1300", "", -revenue)]
        ),
    ]
