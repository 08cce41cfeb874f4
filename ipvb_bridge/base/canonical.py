"""One way to write data as JSON, so that the same data has the same sha256 everywhere: what is signed is this text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def canonical(data: Mapping[str, Any]) -> str:
    """JSON with sorted keys, no spaces, and letters as they are. Raises ``TypeError`` for a float or another type."""
    _refuse_floats(data)
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(data: Mapping[str, Any] | str) -> str:
    """sha256, hex, over the canonical JSON of data, or over a text that is canonical already."""
    return hashlib.sha256((data if isinstance(data, str) else canonical(data)).encode()).hexdigest()


def _refuse_floats(value: object) -> None:
    # A float is written differently by different programs, and an amount is never one.
    if isinstance(value, float):
        raise TypeError("data that is signed holds whole numbers and text, no floats")
    if isinstance(value, Mapping):
        for each in value.values():
            _refuse_floats(each)
    elif isinstance(value, list | tuple):
        for each in value:
            _refuse_floats(each)
