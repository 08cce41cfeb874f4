"""Planning: what would be written for a period, as a difference with what other systems were last confirmed to hold.

Everything that is planned is built here in whole columns, as canonical JSON of whole numbers and text; of a person it
holds nothing but the ids.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import polars as pl

from ipvb_bridge.base.canonical import digest
from ipvb_bridge.base.errors import ConfigurationError, DataError
from ipvb_bridge.base.settings import Configuration
from ipvb_bridge.core.demand import NEEDED
from ipvb_bridge.core.periods import Period
from ipvb_bridge.pipeline import publish_messages as messages
from ipvb_bridge.pipeline import results
from ipvb_bridge.store import outbox, plans, versions
from ipvb_bridge.store.database import Store, now
from ipvb_bridge.store.read import read_stream

HOUR = 3_600_000_000
"""Microseconds."""

WANTED: dict[str, pl.DataType] = {
    "subject": pl.String(),
    "unit_id": pl.String(),
    "tail": pl.String(),
    "data": pl.String(),
}
"""Columns of what a builder makes: ``tail`` ends the key; ``data`` is canonical JSON (see :func:`as_json`)."""


@dataclass(frozen=True, slots=True)
class Material:
    """What a builder may read: result tables of one version, and streams as they were when it was calculated."""

    store: Store
    version: versions.Version
    period: Period
    _read: dict[str, pl.DataFrame] = field(default_factory=dict)

    def table(self, name: str) -> pl.DataFrame:
        """A result table of the version."""
        return self._once(f"table {name}", lambda: versions.load_table(self.store, self.version, name))

    def stream(self, name: str) -> pl.DataFrame:
        """A stream as the calculation read it."""
        return self._once(
            f"stream {name}", lambda: read_stream(self.store, name, as_of=int(self.version.inputs["as_of"]))
        )

    def _once(self, name: str, read: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        if name not in self._read:
            self._read[name] = read()
        return self._read[name]


Builder = Callable[[Material], pl.DataFrame]


def as_json(kind: str, period: Period, columns: Mapping[str, pl.Expr]) -> pl.Expr:
    """A row's data as canonical JSON: keys in order, no spaces; ``kind`` and ``period`` are added.

    The same text as :func:`ipvb_bridge.base.canonical.canonical` gives, for text, whole numbers, flags and lists of
    structs whose fields stand in order of their names.
    """
    whole = {"kind": pl.lit(kind), "period": pl.lit(str(period)), **columns}
    return pl.struct(whole[name].alias(name) for name in sorted(whole)).struct.json_encode().alias("data")


def tail(*columns: str) -> pl.Expr:
    """The end of a key, from ids: a slash in an id cannot be taken for one between them."""
    parts = [pl.col(name).str.replace_all("%", "%25").str.replace_all("/", "%2F", literal=True) for name in columns]
    return pl.concat_str(parts, separator="/").alias("tail")


def resident_statements(material: Material) -> pl.DataFrame:
    """One item a resident and unit: the budget row, and its lines summed per care function, day part, performer, payer.

    Cents, milliminutes and days are whole numbers; ``zzp`` is null without an indication.
    """
    by = ["resident_id", "unit_id"]
    figures = ["cost_cents", "milliminutes"]
    parts = ["care_function", "day_part", "payer", "performer"]
    lines = (
        material.table("lines")
        .lazy()
        .group_by(*by, *parts)
        .agg(pl.col(figures).sum())
        .sort(*by, *parts)
        .group_by(by)
        .agg(pl.struct(sorted(parts + figures)).alias("lines"))
    )
    budgets = material.table("resident_budgets")
    network = material.table("resident_network").select(*by, "zzp", "network_cost_cents")
    names = [*budgets.columns, "zzp", "network_cost_cents"]
    return (
        budgets.lazy()
        .join(network.lazy(), on=by, how="left")
        .join(lines, on=by, how="left")
        .with_columns(pl.col("lines").fill_null([]))
        .select(
            pl.col("resident_id").alias("subject"),
            "unit_id",
            tail("resident_id", "unit_id"),
            as_json("resident_statement", material.period, {name: pl.col(name) for name in (*names, "lines")}),
        )
        .collect()
    )


def rosters(material: Material) -> pl.DataFrame:
    """One item a department: hours that are needed on one such weekday, per day part and level, in millionths."""
    hours = {f"{name}_millionths": (pl.col(name) * 10**6).round().cast(pl.Int64) for name in _ROSTER}
    keys = ["weekday", "day_part", "level"]
    fields = {**{name: pl.col(name) for name in (*keys, "days")}, **hours}
    return (
        material.table("formation_weekdays")
        .sort("unit_id", *keys)
        .group_by("unit_id", maintain_order=True)
        .agg(pl.struct(fields[name].alias(name) for name in sorted(fields)).alias("rows"))
        .select(
            pl.col("unit_id").alias("subject"),
            "unit_id",
            tail("unit_id"),
            as_json("roster", material.period, {"unit_id": pl.col("unit_id"), "rows": pl.col("rows")}),
        )
    )


_ROSTER = ("direct_hours", "required_hours")


def conversations_due(material: Material) -> pl.DataFrame:
    """One item for each resident who lives here on the period's last day and had no conversation in the period."""
    period = material.period
    end = pl.col("end_date")
    here = (
        material.stream("stays")
        .filter(pl.col("start_date") <= period.end, end.is_null() | (end >= period.end))
        .sort("resident_id", "start_date", "stay_id")
        .unique("resident_id", keep="last", maintain_order=True)
    )
    held = material.stream("conversations").filter(pl.col("date").is_between(period.start, period.end))
    due = {
        "resident_id": pl.col("resident_id"),
        "unit_id": pl.col("unit_id"),
        "due": pl.lit(period.end.isoformat()),
    }
    return here.join(held, on="resident_id", how="anti", maintain_order="left").select(
        pl.col("resident_id").alias("subject"),
        "unit_id",
        tail("resident_id"),
        as_json("monthly_conversation", period, due),
    )


KINDS: dict[str, Builder] = {
    "resident_statement": resident_statements,
    "roster": rosters,
    "monthly_conversation": conversations_due,
}
"""What can be planned, by kind. A builder gives a frame of :data:`WANTED`, a row for each thing to write."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and its items (:data:`plans.ITEMS`). ``under_way``: signed before, and not confirmed yet."""

    plan: plans.Plan | None
    items: pl.DataFrame
    unchanged: int
    under_way: int

    @property
    def waits(self) -> bool:
        """True when there is something to write that two people have not signed."""
        return self.plan is not None and self.plan.items > 0


def plan(
    configuration: Configuration, store: Store, period: Period, *, maker: str, moment: int | None = None
) -> Planned:
    """Plan a period from its newest version of results. The same difference gives the plan there is, while it is young.

    ``maker`` is who makes the plan, kept in it; ``moment`` in epoch microseconds, default now. Without anything to
    write there is no plan, unless one is needed to replace an earlier plan that nobody has signed.
    Raises :class:`UsageError` (not calculated), :class:`ConfigurationError` (W01, W04) and :class:`DataError` (W02).
    """
    moment = now() if moment is None else moment
    publish = configuration.bridge.publish
    if not publish.targets:
        raise ConfigurationError(messages.NO_TARGETS, where="bridge.toml")
    version = results.find(store, period)
    material = Material(store, version, period)
    refuse_incomplete(material, Fraction(publish.completeness))
    wanted = _wanted(configuration, material)
    kinds = sorted({each.kind for each in publish.targets.values()})
    known = outbox.last_confirmed(store, str(period), kinds, data=False)
    targets = pl.DataFrame(
        [(name, each.connection, each.kind) for name, each in publish.targets.items()],
        schema={"target": pl.String, "connection": pl.String, "kind": pl.String},
        orient="row",
    )
    difference = _difference(wanted, known.join(targets, on=["connection", "kind"]), period)
    unchanged = difference.filter(pl.col("action") == "unchanged")
    changes = difference.filter(pl.col("action") != "unchanged")
    away = _under_way(store, moment)
    items = _numbered(changes.join(away, on=["connection", "key", "digest"], how="anti"))
    summary = _summary(pl.concat([items.select(_SUMMED), unchanged.select(_SUMMED)]))
    before = plans.plans(store, str(period))[-1:]
    hours = publish.valid_hours
    if before and _usable(store, before[0], items, version, moment - hours * HOUR):
        return Planned(before[0], items, unchanged.height, changes.height - items.height)
    if items.is_empty() and not (before and _unsigned(store, before[0])):
        return Planned(None, items, unchanged.height, changes.height - items.height)
    made = plans.save_plan(
        store,
        items,
        period=str(period),
        version=version.number,
        fingerprint=version.fingerprint,
        maker=maker,
        made_at=moment,
        summary=summary,
    )
    return Planned(made, items, unchanged.height, changes.height - items.height)


def completeness(material: Material) -> dict[str, Fraction]:
    """The share of care agreements in which each needed field is filled, read, mapped or supplemented.

    A level is needed of staff only: lines of other performers without one do not count as missing.
    """
    needed = (*NEEDED, "level")
    table = material.table("completeness").filter(pl.col("stream") == "care_agreements", pl.col("column").is_in(needed))
    other = material.table("lines").filter(pl.col("performer") != "staff", pl.col("level").is_null())
    excused = other["agreement_id"].n_unique()
    shares = {}
    for column, rows, missing in table.select("column", "rows", "missing").sort("column").iter_rows():
        lacking = max(0, missing - excused) if column == "level" else missing
        shares[column] = Fraction(rows - lacking, rows) if rows else Fraction(0)
    return shares


def refuse_incomplete(material: Material, bound: Fraction) -> None:
    """Raise :class:`DataError` (W02) when a needed field is filled in fewer agreements than the bound."""
    low = {name: share for name, share in completeness(material).items() if share < bound}
    if low:
        seen = ", ".join(f"{name} {_percent(share)}" for name, share in low.items())
        raise DataError(messages.INCOMPLETE, where=str(material.period), seen=seen, bound=_percent(bound))


def _percent(share: Fraction) -> str:
    # Cut off, not rounded: 89.99% must not read as 90%.
    return f"{int(share * 1000) / 10:g}%"


def _wanted(configuration: Configuration, material: Material) -> pl.DataFrame:
    """Everything that should stand in other systems: the columns of items that do not depend on what stands there."""
    built: dict[str, pl.DataFrame] = {}
    parts = []
    for name, target in configuration.bridge.publish.targets.items():
        if target.kind not in KINDS:
            place = configuration.place("publish", "targets", name, "kind")
            raise ConfigurationError(messages.NOT_BUILT, where=place, seen=target.kind, target=name)
        if target.kind not in built:
            built[target.kind] = KINDS[target.kind](material).select(list(WANTED))
        parts.append(
            built[target.kind].select(
                pl.lit(name).alias("target"),
                pl.lit(target.connection).alias("connection"),
                pl.format(f"{target.kind}/{material.period}/{{}}", "tail").alias("key"),
                pl.lit(target.kind).alias("kind"),
                "subject",
                "unit_id",
                "data",
            )
        )
    wanted = pl.concat(parts).join(_locations(material), on="unit_id", how="left")
    return wanted.with_columns(pl.Series("digest", [digest(data) for data in wanted["data"]], pl.String))


def _locations(material: Material) -> pl.DataFrame:
    """unit_id, location: the nearest unit of kind location above a unit, itself included; null when there is none."""
    units = {row["unit_id"]: row for row in material.stream("units").iter_rows(named=True)}
    rows = []
    for unit in units:
        here, seen = unit, set[str]()
        while here in units and units[here]["kind"] != "location" and here not in seen:
            seen.add(here)
            here = units[here]["parent_id"]
        rows.append((unit, here if here in units and units[here]["kind"] == "location" else None))
    return pl.DataFrame(rows, schema={"unit_id": pl.String, "location": pl.String}, orient="row")


def _difference(wanted: pl.DataFrame, known: pl.DataFrame, period: Period) -> pl.DataFrame:
    """The columns of items without position; ``action`` new, changed, unchanged or withdrawn."""
    same = ["connection", "key"]
    last = known.select(*same, pl.col("digest").alias("before"), pl.col("withdrawn").alias("gone"))
    action = (
        pl.when(pl.col("before") == pl.col("digest"))
        .then(pl.lit("unchanged"))
        .when(pl.col("before").is_null() | (pl.col("gone") == 1))
        .then(pl.lit("new"))
        .otherwise(pl.lit("changed"))
    )
    kept = wanted.join(last, on=same, how="left", maintain_order="left").with_columns(action.alias("action"))
    lost = known.filter(pl.col("withdrawn") == 0).join(wanted, on=same, how="anti", maintain_order="left")
    fields = {name: pl.col(name) for name in ("kind", "subject", "unit_id")}
    fields |= {"period": pl.lit(str(period)), "withdrawn": pl.lit(True)}
    text = pl.struct(fields[name].alias(name) for name in sorted(fields)).struct.json_encode()
    lost = lost.with_columns(pl.lit("withdrawn").alias("action"), pl.col("digest").alias("before"), text.alias("data"))
    lost = lost.with_columns(pl.Series("digest", [digest(data) for data in lost["data"]], pl.String))
    columns = [name for name in plans.ITEMS if name != "position"]
    return pl.concat([kept.select(columns), lost.select(columns)])


def _under_way(store: Store, moment: int) -> pl.DataFrame:
    """connection, key, digest of messages that two people signed, while their signatures count."""
    shown = outbox.shown(store, only_open=True)
    alive = [
        each
        for each in shown["plan_id"].unique()
        if sum(one.valid_until > moment for one in plans.signatures_of(store, plans.plan(store, each))) >= plans.NEEDED
    ]
    return shown.filter(pl.col("plan_id").is_in(alive)).select("connection", "key", "digest")


def _numbered(changes: pl.DataFrame) -> pl.DataFrame:
    ordered = changes.sort("target", "location", "unit_id", "key", nulls_last=True)
    return (
        ordered.with_row_index("position", offset=1)
        .with_columns(pl.col("position").cast(pl.Int64))
        .select(list(plans.ITEMS))
    )


_SUMMED = ["target", "location", "action"]


def _summary(items: pl.DataFrame) -> list[dict[str, object]]:
    return items.group_by(_SUMMED).agg(pl.len().cast(pl.Int64).alias("items")).sort(_SUMMED, nulls_last=True).to_dicts()


def _usable(store: Store, before: plans.Plan, items: pl.DataFrame, version: versions.Version, oldest: int) -> bool:
    """True when the plan there is says the same, was not signed by two people, and is young enough to be signed."""
    return (
        before.version == version.number
        and before.made_at > oldest
        and _unsigned(store, before)
        and before.content == plans.content(items)
    )


def _unsigned(store: Store, before: plans.Plan) -> bool:
    return before.items > 0 and len(plans.signatures_of(store, before)) < plans.NEEDED
