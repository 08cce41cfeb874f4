"""From streams as they are stored to streams as a calculation reads them: people joined, then codes mapped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from ipvb_bridge.core import mapping, people_join
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import STREAMS


def prepare(
    streams: Mapping[str, pl.DataFrame], mappings: Mapping[str, pl.DataFrame], period: Period
) -> mapping.Mapped:
    """Join and map the streams for a period, as of its last day.

    ``streams``: frames of ``STREAMS[name].schema()``, as read from the store with ``source`` (the connection) beside it
    or without; one that is absent counts as empty. Raises what :func:`mapping.apply` raises.
    """
    given = {name: streams.get(name, pl.DataFrame(schema=table.schema())) for name, table in STREAMS.items()}
    stays = given["stays"]
    joined, waiting = people_join.join(given["indications"], given["residents"], stays, period)
    people = people_join.People(
        waiting, people_join.came_from(stays, "stay_id"), people_join.came_from(joined, "indication_id")
    )
    plain = {name: frame.drop("source", strict=False) for name, frame in (given | {"indications": joined}).items()}
    return replace(mapping.apply(plain, mappings, period.end), people=people)
