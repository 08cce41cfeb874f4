"""Planning: what would be written for a period, as a difference with what other systems were last confirmed to hold."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from ipvb_bridge.base.canonical import digest
from ipvb_bridge.base.errors import BridgeError, ConfigurationError, DataError
from ipvb_bridge.base.publish_settings import Target
from ipvb_bridge.base.settings import Configuration
from ipvb_bridge.core.periods import Period
from ipvb_bridge.pipeline import publish_messages as messages
from ipvb_bridge.pipeline import results
from ipvb_bridge.pipeline.completeness import below, completeness, percent
from ipvb_bridge.pipeline.material import Material
from ipvb_bridge.pipeline.wanted import KINDS, WANTED
from ipvb_bridge.store import outbox, plans, versions
from ipvb_bridge.store.database import Store, now

HOUR = 3_600_000_000
"""Microseconds."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and its items (:data:`plans.ITEMS`). ``under_way``: signed before, and not confirmed yet.

    ``held``: what is asked for and not planned, each as a message with its next step.
    """

    plan: plans.Plan | None
    items: pl.DataFrame
    unchanged: int
    under_way: int
    held: tuple[BridgeError, ...] = ()

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

    What is signed and under way and no longer wanted is planned as withdrawn. Until that is signed too it stays valid;
    once it is, the waiting message is withdrawn in the same transaction.

    A location whose agreements lack too much, the roster of a department that nobody delivers and what holds now in
    an older period are not planned: see :attr:`Planned.held`. Raises :class:`UsageError` (not calculated; W07),
    :class:`ConfigurationError` (W01) and :class:`DataError` (W02: no location is complete enough).
    """
    moment = now() if moment is None else moment
    publish = configuration.bridge.publish
    away = _under_way(store, moment)
    left = _left(configuration, away, period)
    if not publish.targets and left.is_empty():
        raise ConfigurationError(messages.NO_TARGETS, where="bridge.toml")
    version = results.find(store, period)
    material = Material(configuration, store, version, period)
    locations = _locations(material)
    low = below(completeness(material, locations), Fraction(publish.completeness))
    chosen, held = _targets(configuration, material)
    wanted, unknown = _wanted(material, chosen, locations)
    held += unknown
    sparse = pl.col("location").fill_null("").is_in([name or "" for name in low])
    if low and wanted.filter(~sparse).is_empty() and left.is_empty():
        raise _incomplete(period, low, publish.completeness)
    held += [_incomplete(period, {name: low[name]}, publish.completeness) for name in low]
    kinds = sorted({each.kind for each in chosen.values()})
    known = outbox.last_confirmed(store, str(period), kinds, data=False)
    targets = pl.DataFrame(
        [(name, each.connection, each.kind) for name, each in chosen.items()],
        schema={"target": pl.String, "connection": pl.String, "kind": pl.String},
        orient="row",
    )
    known = known.join(targets, on=["connection", "kind"])
    mine = away.drop("target").join(targets, on=["connection", "kind"])
    mine = mine.filter((pl.col("period") == str(period)) | pl.col("kind").is_in(outbox.STANDING))
    if not left.is_empty():
        stands = outbox.last_confirmed(store, str(period), left["kind"].unique().to_list())
        stands = stands.join(left.select(*_KEY, "target", "action"), on=_KEY)
        known = pl.concat([known, stands.select(known.columns)])
        kept = stands.filter(pl.col("withdrawn") == 0, pl.col("action") != "withdrawn")
        wanted = pl.concat([wanted, kept.select(wanted.columns)])
        mine = pl.concat([mine.select(left.columns), left])
    difference = _difference(wanted, known, mine, period).filter(~sparse)
    difference = _taken_back(difference, away)
    unchanged = difference.filter(pl.col("action") == "unchanged")
    changes = difference.filter(pl.col("action") != "unchanged")
    told = tuple(held)
    items = _numbered(changes.filter(~pl.col("goes_out")))
    summary = _summary(pl.concat([items.select(_SUMMED), unchanged.select(_SUMMED)]))
    before = plans.plans(store, str(period))[-1:]
    hours = publish.valid_hours
    if before and _usable(store, before[0], items, version, moment - hours * HOUR):
        return Planned(before[0], items, unchanged.height, changes.height - items.height, told)
    if items.is_empty() and not (before and _unsigned(store, before[0])):
        return Planned(None, items, unchanged.height, changes.height - items.height, told)
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
    return Planned(made, items, unchanged.height, changes.height - items.height, told)


def _incomplete(period: Period, low: dict[str | None, str], bound: object) -> DataError:
    said = [f"{name or '-'}: {fields}" for name, fields in low.items()] if len(low) > 1 else list(low.values())
    return DataError(
        messages.INCOMPLETE,
        where=str(period),
        seen="; ".join(said),
        location=", ".join(name or "-" for name in low),
        bound=percent(Fraction(str(bound))),
    )


def _targets(configuration: Configuration, material: Material) -> tuple[dict[str, Target], list[BridgeError]]:
    """The targets that are planned with this period, and what is said of the others."""
    chosen: dict[str, Target] = {}
    held: list[BridgeError] = []
    calculated = {Period.parse(each.period) for each in versions.versions(material.store)}
    later = [each for each in calculated if each.end > material.period.end]
    for name, target in configuration.bridge.publish.targets.items():
        if target.kind in outbox.STANDING and later:
            newest = max(later, key=lambda each: each.end)
            held.append(
                DataError(messages.NOT_OF_NOW, where=name, seen=target.kind, period=str(material.period), later=newest)
            )
            continue
        chosen[name] = target
    return chosen, held


def _wanted(
    material: Material, chosen: dict[str, Target], locations: pl.DataFrame
) -> tuple[pl.DataFrame, list[BridgeError]]:
    """Everything that should stand in other systems: the columns of items that do not depend on what stands there.

    The roster of a department that no system delivers is left out and told.
    """
    built: dict[str, pl.DataFrame] = {}
    parts = [pl.DataFrame(schema={name: pl.String() for name in _WANTED_ITEMS})]
    for name, target in chosen.items():
        if target.kind not in built:
            built[target.kind] = KINDS[target.kind](material).select(list(WANTED))
        of_period = "" if target.kind in outbox.STANDING else f"{material.period}/"
        parts.append(
            built[target.kind].select(
                pl.lit(name).alias("target"),
                pl.lit(target.connection).alias("connection"),
                pl.format(f"{target.kind}/{of_period}{{}}", "tail").alias("key"),
                pl.lit(target.kind).alias("kind"),
                "subject",
                "unit_id",
                "data",
            )
        )
    wanted = pl.concat(parts)
    unknown = (pl.col("kind") == "roster") & ~pl.col("unit_id").is_in(locations["unit_id"].implode())
    strangers = wanted.filter(unknown).sort("target", "unit_id")
    held: list[BridgeError] = [
        DataError(messages.UNKNOWN_UNIT, where=target, seen=unit, period=str(material.period))
        for target, unit in strangers.select("target", "unit_id").iter_rows()
    ]
    wanted = wanted.filter(~unknown).join(locations, on="unit_id", how="left")
    return wanted.with_columns(pl.Series("digest", [digest(data) for data in wanted["data"]], pl.String)), held


_WANTED_ITEMS = ("target", "connection", "key", "kind", "subject", "unit_id", "data")


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


_KEY = ["connection", "key"]


def _difference(wanted: pl.DataFrame, known: pl.DataFrame, away: pl.DataFrame, period: Period) -> pl.DataFrame:
    """The columns of items without position; ``action`` new, changed, unchanged or withdrawn.

    Withdrawn is what is no longer wanted and stands there, or is under way (``away``) and may stand there any moment.
    """
    last = known.select(*_KEY, pl.col("digest").alias("before"), pl.col("withdrawn").alias("gone"))
    action = (
        pl.when(pl.col("before") == pl.col("digest"))
        .then(pl.lit("unchanged"))
        .when(pl.col("before").is_null() | (pl.col("gone") == 1))
        .then(pl.lit("new"))
        .otherwise(pl.lit("changed"))
    )
    kept = wanted.join(last, on=_KEY, how="left", maintain_order="left").with_columns(action.alias("action"))
    about = [*_KEY, "target", "kind", "subject", "unit_id", "location"]
    standing = known.filter(pl.col("withdrawn") == 0).select(about)
    coming = away.select(about).join(standing, on=_KEY, how="anti", maintain_order="left")
    lost = pl.concat([standing, coming]).join(wanted, on=_KEY, how="anti", maintain_order="left")
    lost = lost.join(last, on=_KEY, how="left", maintain_order="left")
    fields = {name: pl.col(name) for name in ("kind", "subject", "unit_id")}
    fields |= {"period": pl.lit(str(period)), "withdrawn": pl.lit(True)}
    text = pl.struct(fields[name].alias(name) for name in sorted(fields)).struct.json_encode()
    lost = lost.with_columns(pl.lit("withdrawn").alias("action"), text.alias("data"))
    lost = lost.with_columns(pl.Series("digest", [digest(data) for data in lost["data"]], pl.String))
    columns = [name for name in plans.ITEMS if name != "position"]
    return pl.concat([kept.select(columns), lost.select(columns)])


def _taken_back(difference: pl.DataFrame, away: pl.DataFrame) -> pl.DataFrame:
    """Adds ``goes_out``: what is asked for is on its way, and its signatures count.

    What stands there as it should while something else is on its way is changed, so that it is written once more.
    """
    going = away.select(*_KEY, pl.col("digest").alias("going"), pl.col("action").alias("as"), "alive")
    same = (pl.col("going") == pl.col("digest")) | ((pl.col("as") == "withdrawn") & (pl.col("action") == "withdrawn"))
    joined = difference.join(going, on=_KEY, how="left", maintain_order="left")
    joined = joined.with_columns((same & pl.col("alive")).fill_null(False).alias("goes_out"))
    other = (pl.col("action") == "unchanged") & pl.col("going").is_not_null() & ~pl.col("goes_out")
    action = pl.when(other).then(pl.lit("changed")).otherwise("action")
    return joined.with_columns(action.alias("action")).drop("going", "as", "alive")


def _under_way(store: Store, moment: int) -> pl.DataFrame:
    """What two people signed and is not confirmed (:data:`outbox.UNDER_WAY`); ``alive``: their signatures count."""
    away = outbox.under_way(store)
    alive = [
        each
        for each in away["plan_id"].unique()
        if sum(one.valid_until > moment for one in plans.signatures_of(store, plans.plan(store, each))) >= plans.NEEDED
    ]
    return away.with_columns(pl.col("plan_id").is_in(alive).alias("alive"))


def _left(configuration: Configuration, away: pl.DataFrame, period: Period) -> pl.DataFrame:
    """What is under way with this period to a connection for which bridge.toml names no target any more.

    It is planned as it stands there, or withdrawn where nothing does: else it would go out, or stay failed for ever.
    """
    asked = pl.DataFrame(
        [(each.connection, each.kind) for each in configuration.bridge.publish.targets.values()],
        schema={"connection": pl.String, "kind": pl.String},
        orient="row",
    )
    there = pl.col("connection").is_in(list(configuration.bridge.connections))
    return away.filter(there, pl.col("period") == str(period)).join(asked, on=["connection", "kind"], how="anti")


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
