"""The guard at the adapter's boundary: a column of BSNs stops the delivery.

The BSN (burgerservicenummer) has nine digits, of which the first may be lost as a leading zero, and passes the eleven
test: nine times the first, eight times the second ... twice the eighth, minus the ninth is a multiple of eleven.
Of any other numbers of nine digits one in eleven passes, so a column in which nearly all do holds BSNs.
"""

from __future__ import annotations

import polars as pl

from ipvb_bridge.base.errors import DataError
from ipvb_bridge.core.records import Table, Type
from ipvb_bridge.plugin import messages

VALUES = 20
"""From this many filled rows on a column is judged."""
DISTINCT = 8
"""And from this many different values: that so many pass by chance happens once in two hundred million."""
SHARE = 0.9
"""This part of the different values passes."""
_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)
_SAMPLE = 2000


def refuse(frame: pl.DataFrame, table: Table, where: str) -> None:
    """Raise :class:`DataError` when a text column of the frame holds BSNs. The values are not shown."""
    for column in table.columns:
        if column.type is not Type.TEXT or column.values or column.name not in frame.columns:
            continue
        count = found(frame[column.name])
        if count:
            raise DataError(messages.BSN, where=where, seen=str(count), column=f"{table.name}.{column.name}")


def found(values: pl.Series) -> int:
    """How many different BSNs stand in a column of text that holds nearly nothing else; 0 for any other column."""
    filled = values.drop_nulls()
    if filled.dtype != pl.String or len(filled) < VALUES:
        return 0
    passed, different = _passing(filled.gather_every(max(1, len(filled) // _SAMPLE)))
    if different < DISTINCT and len(filled) > _SAMPLE:
        passed, different = _passing(filled)
    return passed if different >= DISTINCT and passed >= SHARE * different else 0


def _passing(values: pl.Series) -> tuple[int, int]:
    """How many different values pass the eleven test, and how many different values there are."""
    different = values.unique()
    digits = different.str.replace_all(r"[. ]", "").str.strip_chars()
    nine = digits.filter(digits.str.contains(r"^[0-9]{8,9}$")).str.zfill(9)
    if nine.is_empty():
        return 0, len(different)
    weighted = {str(at): nine.str.slice(at, 1).cast(pl.Int64) * weight for at, weight in enumerate(_WEIGHTS)}
    rest = pl.DataFrame(weighted).sum_horizontal() % 11
    return int(((rest == 0) & (nine != "000000000")).sum()), len(different)
