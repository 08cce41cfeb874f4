"""What a delivery holds, as keys and hashes in memory: which rows are known, doubled, absent, deleted.

Pure: no database. A row costs about 65 bytes here, a row that is known to be current 4.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ipvb_bridge.store.marks import MARKS

CONTENT = {"source_id": pl.String(), "content_hash": pl.Int64()}
SCHEMA = {**CONTENT, **MARKS}
"""Columns of rows here: the key, the hash of the content, and the mark of the row as it was delivered (0: none)."""


COMPARE_FROM = 16
"""Rows are compared by content once they are a sixteenth of the known rows: those have to be sorted for it first."""

_NOWHERE = pl.Series("same", [], pl.UInt32)


def _ids(values: Sequence[str] = ()) -> pl.Series:
    return pl.Series("source_id", values, pl.String)


def _with(rows: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    if rows.is_empty() or ids.is_empty():
        return rows.clear()
    return rows.join(ids.to_frame(), on="source_id", how="semi", maintain_order="left")


def _without(rows: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    if rows.is_empty() or ids.is_empty():
        return rows
    return rows.join(ids.to_frame(), on="source_id", how="anti", maintain_order="left")


class Keys:
    """The keys of one delivery, batch by batch.

    ``known``: key, hash and mark of every current row of the connection's stream, once read; None before. A first
    delivery knows an empty frame.
    """

    def __init__(self) -> None:
        self.known: pl.DataFrame | None = None
        self._arrived = 0
        # `known` sorted by content hash, made when first asked for: hash, and place in `known`.
        self._contents: pl.DataFrame | None = None
        # In order of arrival, after an empty one, side by side: rows that were staged, places in `known` of rows found
        # unchanged, keys of rows that were held back.
        self._fresh = [pl.DataFrame(schema=SCHEMA)]
        self._same = [_NOWHERE]
        self._held = [_ids()]
        # Marks that take the place of the known ones: the same content, delivered in another form.
        self._renewed = [pl.DataFrame(schema={"place": pl.UInt32, **MARKS})]
        self._deleted: dict[str, int] = {}

    @property
    def first(self) -> bool:
        """True when nothing of this connection's stream is current."""
        return self.known is not None and self.known.is_empty()

    @property
    def fresh(self) -> bool:
        """True when some row is not known to be current."""
        return any(rows.height for rows in self._fresh)

    @property
    def renewed(self) -> bool:
        """True when a row that is unchanged came in another form than it was known in."""
        return any(rows.height for rows in self._renewed)

    def know(self, current: pl.DataFrame) -> None:
        """Compare with these current rows (columns of :data:`SCHEMA`), sorted by mark, from the next batch on."""
        # One piece, and known to be sorted: searching is twice as fast then.
        self.known = current.rechunk().set_sorted("mark")

    def skim(self, rows: pl.DataFrame) -> pl.Series:
        """A mask over rows with marks: true for those that are current just as they stand there, noted as such."""
        if self.known is None or self.known.is_empty():
            return pl.Series([False]).new_from_index(0, rows.height)
        at = _found(self.known["mark"], rows["mark"])
        is_same = (self.known["mark"].gather(at) == rows["mark"]) & (rows["mark"] != 0)
        is_same &= self.known["mark_more"].gather(at) == rows["mark_more"]
        self._note(pl.DataFrame(schema=SCHEMA), at.filter(is_same))
        return is_same

    def arrive(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Note a batch (columns of :data:`SCHEMA` among others); the rows of it that are not known to be current.

        A few rows beside many known ones are not compared: the merge finds out itself which of them are unchanged.
        """
        fresh, same = rows, _NOWHERE
        self._arrived += rows.height
        if self.known is not None and 0 < self.known.height < self._arrived * COMPARE_FROM:
            if self._contents is None:
                order = self.known["content_hash"].arg_sort().alias("place")
                self._contents = pl.DataFrame([self.known["content_hash"].gather(order), order])
                self._contents = self._contents.set_sorted("content_hash")
            at = self._contents["place"].gather(_found(self._contents["content_hash"], rows["content_hash"]))
            is_same = self.known["content_hash"].gather(at) == rows["content_hash"]
            is_same &= self.known["source_id"].gather(at) == rows["source_id"]
            fresh, same = rows.filter(~is_same), at.filter(is_same)
            renewed = rows.select(at.alias("place"), *MARKS).filter(is_same & (rows["mark"] != 0))
            self._renewed.append(renewed)
        self._note(fresh.select(*SCHEMA), same)
        return fresh

    def hold(self, source_ids: pl.Series) -> None:
        """Note keys of rows that the gate held back; an empty key says nothing."""
        self._note(pl.DataFrame(schema=SCHEMA), _NOWHERE, source_ids.filter(source_ids != "").alias("source_id"))

    def delete(self, source_ids: Sequence[str]) -> None:
        """Note keys reported as gone; a row of a later batch, good or held, brings its key back."""
        self._deleted |= dict.fromkeys(source_ids, len(self._fresh))

    def doubles(self) -> pl.Series:
        """Keys of good rows that stand more than once in the delivery, counting the rows that were held."""
        fresh, same = pl.concat(self._fresh), pl.concat(self._same)
        held = pl.concat(self._held)
        unchanged = self._known_at(same)
        found = [
            _repeated(fresh["source_id"]),
            self._known_at(self._twice(same))["source_id"],
            _with(unchanged, fresh["source_id"])["source_id"],
            _with(unchanged, held)["source_id"],
            _with(fresh, held)["source_id"],
        ]
        return pl.concat(found).unique().sort()

    def unchanged_times(self, source_ids: pl.Series) -> pl.DataFrame:
        """How often each of these keys was found unchanged: columns source_id, _times (a stream has a `times` too)."""
        unchanged = _with(self._known_at(pl.concat(self._same)), source_ids)
        return unchanged["source_id"].value_counts(name="_times")

    def absent(self, candidates: pl.Series | None = None) -> pl.Series:
        """The candidates, or else all known keys, that the delivery holds in no form, good or held."""
        same = pl.concat(self._same)
        if candidates is None:
            assert self.known is not None, "without candidates the current rows must be known"
            rest = self.known.select("source_id").filter(_nowhere_in(same, self.known.height))
        else:
            rest = _without(candidates.to_frame(), self._known_at(same)["source_id"])
        rest = _without(rest, pl.concat(self._fresh)["source_id"])
        return _without(rest, pl.concat(self._held))["source_id"]

    def deleted(self) -> pl.Series:
        """Keys reported as gone that no later batch brought back: neither as a good row nor as one that was held."""
        gone = _ids(list(self._deleted))
        if gone.is_empty():
            return gone
        since = pl.Series(list(self._deleted.values()), dtype=pl.Int64)
        back = pl.Series([False]).new_from_index(0, len(gone))
        for number, (fresh, same, held) in enumerate(zip(self._fresh, self._same, self._held, strict=True)):
            for ids in (fresh["source_id"], self._known_at(same)["source_id"], held):
                back |= (since <= number) & gone.is_in(ids.implode())
        return gone.filter(~back)

    def good(self, source_ids: pl.Series | None = None) -> pl.Series:
        """Those of the keys that arrived well; all that did when none are given."""
        rows = pl.concat([pl.concat(self._fresh), self._known_at(pl.concat(self._same))])
        return (rows if source_ids is None else _with(rows, source_ids))["source_id"].unique()

    def afterwards(self, doubles: pl.Series, gone: pl.Series) -> pl.DataFrame | None:
        """Each row that is current once the delivery is merged, sorted by mark; None when unknown."""
        if self.known is None:
            return None
        fresh = _without(_without(pl.concat(self._fresh), doubles), gone).sort("mark")
        stayed = self.known
        if self.renewed:
            new = pl.concat(self._renewed)
            stayed = stayed.with_columns(stayed[name].scatter(new["place"], new[name]) for name in MARKS).sort("mark")
        stayed = _without(_without(stayed, fresh["source_id"]), gone)
        return stayed.merge_sorted(fresh, "mark")

    def _note(self, fresh: pl.DataFrame, same: pl.Series, held: pl.Series | None = None) -> None:
        self._fresh.append(fresh)
        self._same.append(same)
        self._held.append(_ids() if held is None else held)

    def _twice(self, places: pl.Series) -> pl.Series:
        """Places that stand there more than once. There are hardly ever any, and counting the others is quick."""
        if self.known is None or _nowhere_in(places, self.known.height).sum() == self.known.height - len(places):
            return places.clear()
        return places.filter(places.is_duplicated())

    def _known_at(self, places: pl.Series) -> pl.DataFrame:
        return pl.DataFrame(schema=SCHEMA) if self.known is None else self.known[places]


def _repeated(ids: pl.Series) -> pl.Series:
    """The keys that stand there more than once. There are hardly ever any, and counting hashes is quick."""
    if ids.hash().n_unique() == len(ids):
        return ids.clear()
    return ids.filter(ids.is_duplicated())


def _found(values: pl.Series, wanted: pl.Series) -> pl.Series:
    """Where each wanted value stands in the sorted values, if it does.

    A binary search: unlike a join it builds nothing anew for each batch. In order it reads less of the memory.
    """
    order = wanted.arg_sort()
    at = values.search_sorted(wanted.gather(order)).clip(0, len(values) - 1).cast(pl.UInt32)
    return pl.Series([0], dtype=pl.UInt32).new_from_index(0, len(at)).scatter(order, at)


def _nowhere_in(places: pl.Series, height: int) -> pl.Series:
    """A mask over ``height`` places: true where the place is not among ``places``."""
    mask = pl.Series([True]).new_from_index(0, height)
    return mask.scatter(places, False) if len(places) else mask
