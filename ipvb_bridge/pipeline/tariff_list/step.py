"""Read a tariff list, hold it against norms/tariffs.csv and the profiles in use, and write it when asked."""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ipvb_bridge.base.settings import Configuration
from ipvb_bridge.core.norm_records import NORM_TABLES
from ipvb_bridge.pipeline import inputs
from ipvb_bridge.pipeline.tariff_list import joining, reading, sheets, words
from ipvb_bridge.pipeline.tariff_list.joining import Gap, Joined, Tariff
from ipvb_bridge.pipeline.tariff_list.reading import Choices, Known, Profile, Read, euros

if TYPE_CHECKING:
    import polars as pl

    from ipvb_bridge.store.database import Store

_COLUMNS = ("zzp", "delivery_form", "with_treatment", "with_day_care")


@dataclass(frozen=True, slots=True)
class Compared:
    """What a list says beside the tariffs there are; ``gaps`` None where no indication was pulled yet."""

    read: Read
    joined: Joined
    gaps: Sequence[Gap] | None


def compare(
    configuration: Configuration,
    store: Store,
    path: Path,
    choices: Choices,
    names: Sequence[str] = (),
    source: str | None = None,
) -> Compared:
    """Read a list and hold it against what there is; nothing is written.

    ``names``: the sheets to read; ``source``: what the source column says, default the file's name (and sheet).
    Raises :class:`ConfigurationErrors` with all that is wrong with the list or with the norm tables.
    """
    tables = inputs.read_tables(configuration, "norms")
    forms = inputs.read_tables(configuration, "mappings")["delivery_forms"]
    own = dict(forms.select("code", "delivery_form").iter_rows())
    read = reading.read(sheets.read(path, names), choices, _known(tables, own), str(path))
    said = source or ", ".join((path.name, *read.sheets))
    today = dt.datetime.now(configuration.zone).date()
    joined = joining.join(read.rows, _there(tables["tariffs"]), said, today)
    used = _in_use(store, own, min(row.start for row in read.rows), _until(read))
    return Compared(read, joined, None if used is None else joining.gaps(used, joined.tariffs))


def _known(tables: Mapping[str, pl.DataFrame], forms: Mapping[str, str]) -> Known:
    names: dict[str, str] = {}
    for zzp, code, name in tables["care_profiles"].select("zzp", "cod163", "name").iter_rows():
        bare = words.plain(name)
        # 9VV and 9bVV share a name: a name that two profiles have names none.
        names[bare] = zzp if names.get(bare, zzp) == zzp else ""
        names[code] = zzp
    codes = {code: Profile(*rest) for code, *rest in tables["tariff_codes"].select("code", *_COLUMNS).iter_rows()}
    # The codes of tariffs that are there name their profile too.
    for code, *rest in (
        tables["tariffs"].filter(tables["tariffs"]["code"].is_not_null()).select("code", *_COLUMNS).iter_rows()
    ):
        codes.setdefault(code, Profile(*rest))
    return Known({name: zzp for name, zzp in names.items() if zzp}, codes, forms)


def _there(tariffs: pl.DataFrame) -> list[Tariff]:
    wanted = ("start_date", "end_date", "day_tariff", "code", "source", "last_checked")
    return [Tariff(Profile(*row[:4]), *row[4:]) for row in tariffs.select(*_COLUMNS, *wanted).iter_rows()]


def _until(read: Read) -> dt.date:
    """The last day of which the list says something: the end of the year of an open row."""
    return max(row.end or dt.date(row.start.year, 12, 31) for row in read.rows)


def _in_use(
    store: Store, forms: Mapping[str, str], first: dt.date, last: dt.date
) -> dict[Profile, tuple[int, list[tuple[dt.date, dt.date]]]] | None:
    """Profiles that stored indications have between two days: residents, and the days. pgb is not budgeted here."""
    import polars as pl

    from ipvb_bridge.core.spans import EPOCH, as_span, merged
    from ipvb_bridge.store.read import read_streams

    frames, _ = read_streams(store, ["indications"])
    rows = frames["indications"]
    if rows.is_empty():
        return None
    rows = rows.with_columns(pl.col("delivery_form").replace(forms)).filter(pl.col("delivery_form") != "pgb")
    low, high = (first - EPOCH).days, (last - EPOCH).days + 1
    spans = (
        as_span(rows, high, *_COLUMNS, "resident_id")
        .with_columns(pl.col("start").clip(low, None), pl.col("stop").clip(None, high))
        .filter(pl.col("stop") > pl.col("start"))
    )
    people = {
        Profile(*row[:4]): row[4] for row in spans.group_by(_COLUMNS).agg(pl.col("resident_id").n_unique()).iter_rows()
    }
    used: dict[Profile, tuple[int, list[tuple[dt.date, dt.date]]]] = {
        profile: (count, []) for profile, count in people.items()
    }
    for *profile, start, stop in merged(spans, list(_COLUMNS)).select(*_COLUMNS, "start", "stop").iter_rows():
        days = (EPOCH + dt.timedelta(days=start), EPOCH + dt.timedelta(days=stop - 1))
        used[Profile(*profile)][1].append(days)
    return used


def write(configuration: Configuration, joined: Joined) -> tuple[Path, Path | None]:
    """Write norms/tariffs.csv as a whole; the file that was there stays beside it. Returns both paths.

    The new file takes the old one's place in one move: whoever reads finds the one or the other, whole.
    """
    path = configuration.folder / "norms" / "tariffs.csv"
    path.parent.mkdir(exist_ok=True)
    kept: Path | None = None
    if path.exists():
        # No .csv at the end: a table that nobody declared would be an error.
        moment = dt.datetime.now(configuration.zone)
        kept = path.with_name(f"tariffs.csv.{moment:%Y%m%d-%H%M%S-%f}")
        shutil.copy2(path, kept)
    made = path.with_name(f".tariffs.csv.{os.getpid()}")
    try:
        with made.open("w", encoding="utf-8", newline="") as file:
            file.write(content(joined))
            file.flush()
            os.fsync(file.fileno())
        if kept is not None:
            shutil.copymode(kept, made)
        made.replace(path)
    finally:
        made.unlink(missing_ok=True)
    return path, kept


def content(joined: Joined) -> str:
    """The text of norms/tariffs.csv."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(NORM_TABLES["tariffs"].names)
    for each in joined.tariffs:
        writer.writerow(
            (
                each.profile.zzp,
                each.profile.delivery_form,
                str(each.profile.with_treatment).lower(),
                str(each.profile.with_day_care).lower(),
                each.start,
                each.end or "",
                euros(each.cents),
                each.code or "",
                each.source or "",
                each.last_checked or "",
            )
        )
    return text.getvalue()
