"""What is read of each kind of record."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.demo.systems.fhir import Simulated
from ipvb_bridge.demo.systems.fhir_resources import resources

from .conftest import Connect, canonical, of_the_demo


@pytest.mark.parametrize("stream", ["units", "residents", "stays", "care_agreements", "care_deliveries"])
def test_canonical_rows_come_back_as_they_were(server: Simulated, connect: Connect, example: Path, stream: str) -> None:
    """Frames made into FHIR resources, served and read, are the same frames."""
    frames = canonical(example)
    server.memory.load(resources(frames))
    connection = connect(**of_the_demo(), page_size=7)
    read = connection.pull(stream)
    assert read.checked.held.is_empty()
    lost = {"units": ["floor_area_m2"]}.get(stream, [])
    expected = frames[stream].sort(STREAMS[stream].key).drop(lost)
    if stream == "residents":
        extra = pl.DataFrame({"resident_id": ["R1", "R2"]})
        got = read.rows.join(extra.join(expected, on="resident_id", how="anti"), on="resident_id", how="anti")
    else:
        got = read.rows
    assert_frame_equal(got.drop(lost), expected)
