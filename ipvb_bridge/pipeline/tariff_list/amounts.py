"""Amounts as people write them, in whole cents: comma or point decimals, decided for a whole column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from ipvb_bridge.base.errors import ConfigurationError
from ipvb_bridge.pipeline.tariff_list import messages
from ipvb_bridge.pipeline.tariff_list.sheets import Cell

Sign = Literal["comma", "point"]
NOTHING = frozenset({"", "-", "–", "—", "n.v.t.", "nvt", "n/a", "x"})
"""What stands in a cell that gives no tariff."""
_FORM = "183,21"
_MOST = 10_000_00
_DECIMALS: dict[Sign, re.Pattern[str]] = {
    "comma": re.compile(r"([0-9]+|[0-9]{1,3}(\.[0-9]{3})+)(,([0-9]{1,2}|-{1,2}))?"),
    "point": re.compile(r"([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.([0-9]{1,2}|-{1,2}))?"),
}


def is_nothing(cell: Cell) -> bool:
    """Whether the cell gives no tariff."""
    return cell.text.lower() in NOTHING


@dataclass(frozen=True, slots=True)
class Amounts:
    """Cents by place in the column; what is wrong with a cell by its place; what is wrong with the column."""

    cents: dict[int, int]
    faults: dict[int, ConfigurationError]
    column: list[ConfigurationError]


def read(cells: Sequence[Cell], sign: Sign | None = None) -> Amounts:
    """The amounts of a column of day tariffs, in cents; a cell that gives no tariff has none.

    A number of a workbook is what it is. Text is read with the decimal sign that the column's texts agree on:
    ``1.234,56`` and ``183,2`` say comma, ``183.21`` says point, ``1.234`` alone says nothing and is refused unless
    ``sign`` does. Nothing is rounded: a third decimal is a fault, and so is nothing at all or more than 10,000 euros a
    day, which is an amount of something else.
    """
    found: dict[int, int] = {}
    faults: dict[int, ConfigurationError] = {}
    texts: dict[int, str] = {}
    for at, cell in enumerate(cells):
        if is_nothing(cell):
            continue
        if cell.percent or "%" in cell.text:
            faults[at] = ConfigurationError(messages.PERCENTAGE, where=cell.place, seen=_shown(cell))
        elif isinstance(cell.value, Decimal):
            amount = cell.value * 100
            if amount == amount.to_integral_value():
                found[at] = int(amount)
            else:
                faults[at] = _fault(cell)
        elif isinstance(cell.value, str):
            texts[at] = _bare(cell.text)
        else:
            faults[at] = _fault(cell)
    chosen, column = _sign({at: (cells[at], text) for at, text in texts.items()}, sign)
    for at, text in texts.items() if not column else ():
        if _DECIMALS[chosen].fullmatch(text) is None:
            faults[at] = _fault(cells[at])
            continue
        thousands, decimals = (".", ",") if chosen == "comma" else (",", ".")
        whole, _, part = text.replace(thousands, "").partition(decimals)
        found[at] = int(whole) * 100 + int(part.replace("-", "").ljust(2, "0"))
    for at in [at for at, amount in found.items() if not 0 < amount <= _MOST]:
        del found[at]
        faults[at] = _fault(cells[at])
    return Amounts(found, faults, column)


def _shown(cell: Cell) -> str:
    """What a reader sees in the cell."""
    if cell.percent and isinstance(cell.value, Decimal):
        return f"{(cell.value * 100).normalize():f}%"
    return cell.text


def _fault(cell: Cell) -> ConfigurationError:
    return ConfigurationError(messages.BAD_CELL, where=cell.place, seen=cell.text, column="day_tariff", form=_FORM)


def _bare(text: str) -> str:
    """The text without currency and spaces."""
    return re.sub(r"(?i)€|\beur(o)?\b|\s", "", text)


def _sign(texts: dict[int, tuple[Cell, str]], given: Sign | None) -> tuple[Sign, list[ConfigurationError]]:
    """The decimal sign that the texts agree on."""
    if given is not None:
        return given, []
    says: dict[Sign, Cell] = {}
    open_ones: list[Cell] = []
    for cell, text in texts.values():
        fits = [sign for sign in _DECIMALS if _DECIMALS[sign].fullmatch(text)]
        if len(fits) == 1 and not re.fullmatch(r"[0-9]{1,3}[.,][0-9]{3}", text):
            says.setdefault(fits[0], cell)
        elif re.fullmatch(r"[0-9]{1,3}[.,][0-9]{3}", text):
            open_ones.append(cell)
    if len(says) == 2:
        first, second = (f"{cell.text} ({cell.place})" for cell in says.values())
        where = says["point"].place
        return "comma", [ConfigurationError(messages.MIXED, where=where, first=first, second=second)]
    if not says and open_ones:
        return "comma", [ConfigurationError(messages.AMBIGUOUS, where=open_ones[0].place, seen=open_ones[0].text)]
    return next(iter(says), "comma"), []
