"""What a plan is built from: result tables of one version, and the streams as that calculation read them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from ipvb_bridge.base.errors import UsageError
from ipvb_bridge.base.settings import Configuration
from ipvb_bridge.core import mapping
from ipvb_bridge.core.periods import Period
from ipvb_bridge.pipeline import inputs
from ipvb_bridge.pipeline import publish_messages as messages
from ipvb_bridge.store import versions
from ipvb_bridge.store.database import Store
from ipvb_bridge.store.read import read_streams

_OF_AGREEMENTS = ("activities", "agreements")
"""The mapping tables that fill fields of agreements."""


@dataclass(frozen=True, slots=True)
class Material:
    """What a builder may read: result tables of one version, and streams as they were when it was calculated."""

    configuration: Configuration
    store: Store
    version: versions.Version
    period: Period
    _read: dict[str, pl.DataFrame] = field(default_factory=dict)

    @property
    def day(self) -> dt.date:
        """The day on which the newest row that was read came in, or the period's last when that is later."""
        came = dt.datetime.fromtimestamp(int(self.version.inputs["as_of"]) / 10**6, self.configuration.zone).date()
        return max(came, self.period.end)

    def table(self, name: str) -> pl.DataFrame:
        """A result table of the version."""
        return self._once(f"table {name}", lambda: versions.load_table(self.store, self.version, name))

    def stream(self, name: str) -> pl.DataFrame:
        """A stream as the calculation read it."""
        return self._once(f"stream {name}", lambda: self._stream(name))

    def agreements(self) -> pl.DataFrame:
        """The care agreements as the calculation saw them, mapped.

        Raises :class:`UsageError` (W07) when a table that maps them was changed since: what they lack now says nothing
        of the results then.
        """
        return self._once("agreements", self._agreements)

    def _stream(self, name: str) -> pl.DataFrame:
        frames, _ = read_streams(self.store, [name], as_of=int(self.version.inputs["as_of"]))
        return frames[name]

    def _agreements(self) -> pl.DataFrame:
        tables = inputs.read_tables(self.configuration, "mappings")
        parts: Mapping[str, str] = self.version.inputs["parts"]
        for name in _OF_AGREEMENTS:
            then = parts.get(f"mappings/{name}")
            if then is not None and then != inputs.fingerprint(tables[name]):
                where = f"mappings/{name}.csv"
                raise UsageError(messages.MAPPED_OTHERWISE, where=where, seen=where, period=str(self.period))
        streams = {"care_agreements": self.stream("care_agreements").drop("source")}
        return mapping.apply(streams, tables, self.period.end).streams["care_agreements"]

    def _once(self, name: str, read: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        if name not in self._read:
            self._read[name] = read()
        return self._read[name]
