"""Rounding and dividing whole numbers: half to even for a line, largest remainder for a whole.

Source: method section 1. Every value is rounded once, at the line where it arises; a whole that is divided
keeps its total to the cent.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TypeVar

import polars as pl

SAFE = 2**62
"""Below this a product, and twice a remainder, fits an Int64; above it a caller of :func:`half_even` uses Int128."""

Key = TypeVar("Key", str, tuple[str, ...])


def half_even(numerator: pl.Expr, denominator: pl.Expr | int) -> pl.Expr:
    """``numerator / denominator`` of whole-number columns, rounded half to even; whole numbers all the way.

    ``denominator`` is greater than zero. The column keeps the integer type of its inputs and polars wraps
    around in silence: a caller whose products can pass 2**62 casts to ``Int128`` first (twice the remainder
    must fit too). Null stays null.
    """
    divisor = pl.lit(denominator) if isinstance(denominator, int) else denominator
    quotient = numerator // divisor
    twice = 2 * (numerator - quotient * divisor)
    up = (twice > divisor) | ((twice == divisor) & (quotient % 2 != 0))
    return quotient + up.cast(pl.Int8)


def with_half_even(frame: pl.LazyFrame, name: str, numerator: pl.Expr, half: int | str) -> pl.LazyFrame:
    """Add ``numerator / (2 * half)``, rounded half to even, as Int64 column ``name``: for millions of rows.

    ``half``, half the denominator, is a number or the name of a column. The same figure as :func:`half_even`
    gives for a numerator that is not negative, four times as fast: each step is a column of its own, where an
    expression would be worked out again at each place it stands in.
    """
    top, quotient = pl.col(f"{name}_top"), pl.col(f"{name}_quotient")
    below = pl.lit(half) if isinstance(half, int) else pl.col(half)
    return (
        frame.with_columns((numerator + below).alias(f"{name}_top"))
        .with_columns((top // (2 * below)).alias(f"{name}_quotient"))
        # Only a tie makes the quotient fit exactly; then the even number at or below it is as near.
        .with_columns(
            pl.when(quotient * (2 * below) != top)
            .then(quotient)
            .otherwise(quotient // 2 * 2)
            .cast(pl.Int64)
            .alias(name)
        )
        .drop(f"{name}_top", f"{name}_quotient")
    )


def half_even_int(numerator: int, denominator: int) -> int:
    """``numerator / denominator`` rounded half to even, for two Python integers."""
    return round(Fraction(numerator, denominator))


def largest_remainder(total: int, weights: Mapping[Key, int | Fraction]) -> dict[Key, int]:
    """Divide ``total`` over the keys in proportion to their weights; the parts add up to ``total``.

    Each key gets the floor of its exact part; what is left goes one by one to the greatest remainders, equal
    remainders in ascending order of the key. Weights and total may be negative. Raises ``ZeroDivisionError``
    when the weights add up to zero: the caller says what that means.
    """
    whole = sum(weights.values(), Fraction(0))
    return whole_parts({key: Fraction(total) * weight / whole for key, weight in weights.items()})


def whole_parts(parts: Mapping[Key, Fraction]) -> dict[Key, int]:
    """Turn exact parts that add up to a whole number into whole parts with that sum, by largest remainder.

    Keys come back in ascending order. Raises ``ValueError`` when the parts do not add up to a whole number.
    """
    total = sum(parts.values(), Fraction(0))
    if total.denominator != 1:
        raise ValueError(f"the parts add up to {total}, not to a whole number")
    return fitted(total.numerator, parts)


def fitted(total: int, parts: Mapping[Key, Fraction]) -> dict[Key, int]:
    """Turn exact parts into whole parts that add up to ``total``, by largest remainder.

    ``total`` is the parts' exact sum, or that sum rounded up or down: a figure that was itself a part of a
    greater division. A part that is whole stays as it is. Keys come back in ascending order. Raises
    ``ValueError`` when ``total`` is a whole unit or more off.
    """
    if abs(total - sum(parts.values(), Fraction(0))) >= 1:
        raise ValueError(f"the parts add up to {sum(parts.values(), Fraction(0))}, not to {total}")
    floors = {key: parts[key].__floor__() for key in sorted(parts)}
    left = total - sum(floors.values())
    # sorted() is stable, so equal remainders stay in ascending order of the key.
    for key in sorted(floors, key=lambda key: floors[key] - parts[key])[:left]:
        floors[key] += 1
    return floors


def plain_euros(cents: int) -> str:
    """Cents as euros with a decimal point, ``-1234.05``: for messages and files."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"
