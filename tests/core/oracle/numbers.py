"""Rounding once, half to even, and the largest-remainder division (method section 1)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction


class Stopped(Exception):
    """The method says that this calculation stops."""


class Unspecified(Exception):
    """The method does not say what this input gives."""


def rounded(value: Fraction) -> int:
    """Half to even: what ``round`` does with a fraction."""
    return round(Fraction(value))


def largest_remainder(whole: int, exact: Mapping[str, Fraction]) -> dict[str, int]:
    """Whole parts that add up to ``whole``, from exact parts that do; equal remainders in ascending order of key."""
    assert sum(exact.values()) == whole
    parts = {key: math.floor(value) for key, value in exact.items()}
    left = whole - sum(parts.values())
    by_remainder = sorted(exact, key=lambda key: (-(exact[key] - parts[key]), key))
    for key in by_remainder[:left]:
        parts[key] += 1
    return parts


def divided(whole: int, weights: Mapping[str, Fraction], what: str) -> dict[str, int]:
    """``whole`` in proportion to ``weights``; nothing divides into nothing, something cannot."""
    total = sum(weights.values(), Fraction(0))
    if total == 0:
        if whole == 0:
            return dict.fromkeys(weights, 0)
        raise Unspecified(f"{what}: {whole} cents and nothing to divide them by")
    return largest_remainder(whole, {key: Fraction(whole) * weight / total for key, weight in weights.items()})
