"""Results of a period: tables of a version, and what moved between two versions and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ipvb_bridge.base.errors import UsageError
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.pipeline import messages
from ipvb_bridge.store import versions
from ipvb_bridge.store.database import Store

if TYPE_CHECKING:
    import polars as pl

KEYS: Mapping[str, tuple[str, ...]] = {
    "lines": ("agreement_id", "unit_id"),
    "resident_budgets": ("resident_id", "unit_id"),
    "resident_components": ("resident_id", "unit_id", "component"),
    "unit_budgets": ("unit_id",),
    "group_budgets": ("group", "key"),
    "cost_prices": ("kind", "key", "day_part"),
    "cost_breakdown": ("kind", "key", "day_part", "part"),
    "bridge": ("part", "level"),
    "formation": ("unit_id", "day_part", "level"),
    "formation_weekdays": ("unit_id", "weekday", "day_part", "level"),
    "completeness": ("stream", "column"),
}
"""The columns that identify a row of a result table; the other columns are what may move."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What moved between two versions.

    ``moved``: a row for each figure that differs: table, key, column, before, after (text; null where a side has
    no such row). ``causes``: a row for each input that differs: part, what; for streams how many rows began and ended.
    """

    before: versions.Version
    after: versions.Version
    moved: pl.DataFrame
    causes: pl.DataFrame


def find(store: Store, period: Period, number: int | None = None) -> versions.Version:
    """The version of a period that counts, or the one with that number. Raises :class:`UsageError` for none."""
    if number is None and (counts := versions.current(store, str(period))) is not None:
        return counts
    known = versions.versions(store, str(period))
    chosen = [each for each in known if each.number == number]
    if not chosen:
        others = sorted({each.period for each in versions.versions(store)})
        hint = ", ".join([f"{period} version {each.number}" for each in known] or others) or "-"
        seen = str(period) if number is None else f"{period} version {number}"
        raise UsageError(messages.NO_VERSION, where=str(period), seen=seen, known=hint, period=str(period))
    return chosen[0]


def compare(store: Store, period: Period, before: int | None = None, after: int | None = None) -> Comparison:
    """What moved from one version to another; by default to the one that counts, from the newest of the others.

    Raises :class:`UsageError` when there are not two versions.
    """
    import polars as pl

    newer = find(store, period, after)
    older = [each for each in versions.versions(store, str(period)) if each.number != newer.number]
    if before is not None:
        base = find(store, period, before)
    elif older:
        base = older[-1]
    else:
        raise UsageError(messages.NOTHING_TO_COMPARE, where=str(period), seen=str(period))
    moved = [
        _moved(name, versions.load_table(store, base, name), versions.load_table(store, newer, name))
        for name in KEYS
        if name in base.tables and name in newer.tables
    ]
    return Comparison(base, newer, pl.concat(moved), _causes(store, base, newer))


def _moved(name: str, before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    keys = [key for key in KEYS[name] if key in after.columns]
    identity = pl.concat_str([pl.col(key).cast(pl.String) for key in keys], separator=" ", ignore_nulls=True)

    def long(frame: pl.DataFrame, value: str) -> pl.DataFrame:
        figures = frame.select(identity.alias("key"), pl.all().exclude(keys).cast(pl.String))
        return figures.unpivot(index="key", variable_name="column", value_name=value)

    joined = long(before, "before").join(
        long(after, "after"), on=["key", "column"], how="full", coalesce=True, nulls_equal=True
    )
    return (
        joined.filter(pl.col("before").ne_missing(pl.col("after")))
        .select(pl.lit(name).alias("table"), "key", "column", "before", "after")
        .sort("key", "column")
    )


def _causes(store: Store, before: versions.Version, after: versions.Version) -> pl.DataFrame:
    import polars as pl

    old, new = _parts(before), _parts(after)
    rows: list[dict[str, Any]] = []
    for part in sorted(old.keys() | new.keys()):
        if old.get(part) == new.get(part):
            continue
        what = f"{old[part]} -> {new[part]}" if part == "program" else "changed"
        if part.startswith("rows/"):
            what = _rows_changed(store, part.removeprefix("rows/"), before, after)
        rows.append({"part": part, "what": what})
    return pl.DataFrame(rows, schema={"part": pl.String(), "what": pl.String()})


def _parts(version: versions.Version) -> dict[str, str]:
    parts: dict[str, str] = version.inputs["parts"]
    return parts


def _rows_changed(store: Store, stream: str, before: versions.Version, after: versions.Version) -> str:
    """How many rows of a stream are new, different or gone between the moments that two versions read."""
    from ipvb_bridge.store.read import read_stream

    table = STREAMS[stream]
    old = read_stream(store, stream, as_of=before.inputs["as_of"])
    new = read_stream(store, stream, as_of=after.inputs["as_of"])
    keys = ["source", *table.key]
    added = new.join(old, on=keys, how="anti").height
    gone = old.join(new, on=keys, how="anti").height
    same = new.join(old, on=new.columns, how="semi", nulls_equal=True).height
    return f"{added} new, {new.height - added - same} changed, {gone} gone"
