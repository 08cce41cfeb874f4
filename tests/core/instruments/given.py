"""What the tests of instruments share: the inputs of an instrument, from a small organisation that is calculated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from ipvb_bridge.core import calculate as core
from ipvb_bridge.core import instruments
from ipvb_bridge.core.instruments.contract import Given, Made
from ipvb_bridge.core.norm_records import NORM_TABLES
from ipvb_bridge.core.records import Table
from tests.core.engines import frames
from tests.core.oracle import Organisation
from tests.core.price import mapped


def given(
    org: Organisation,
    *,
    own: Mapping[str, list[dict[str, Any]]] | None = None,
    inputs: tuple[Table, ...] = (),
    history: Mapping[str, Mapping[str, pl.DataFrame]] | None = None,
) -> Given:
    """The inputs of an instrument: ``org`` calculated; ``own`` the rows of its ``inputs`` by table."""
    streams, norms = mapped(org), frames(NORM_TABLES, org.norms)
    tables = core.calculate(streams, norms, org.settings, org.period, org.holidays).tables
    return Given(
        org.period,
        streams,
        norms,
        org.settings,
        tables,
        history or {},
        frames({table.name: table for table in inputs}, own or {}),
        frozenset(org.holidays),
    )


def run(name: str, org: Organisation, **more: Any) -> Made:
    """What an instrument makes of an organisation, held against its declaration."""
    instrument = instruments.load(name)
    return instrument.run(given(org, inputs=instrument.inputs, **more))
