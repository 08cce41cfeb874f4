"""Gather what a page shows, and write it: the page of a period, or one of the kinds beside it."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import polars as pl

from ipvb_bridge.base.errors import UsageError
from ipvb_bridge.base.settings import Configuration
from ipvb_bridge.core import mapping
from ipvb_bridge.core.days import resident_days
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.places import place, places
from ipvb_bridge.core.statement import Basis
from ipvb_bridge.pipeline import results
from ipvb_bridge.pipeline.inputs import Files, read_files
from ipvb_bridge.pipeline.reconcile import Reconciled, reconcile
from ipvb_bridge.reports import department, messages, page, single, statement, today
from ipvb_bridge.reports.budgets import anchor
from ipvb_bridge.reports.saving import save
from ipvb_bridge.reports.terms import Language
from ipvb_bridge.store import versions
from ipvb_bridge.store.database import Store
from ipvb_bridge.store.quarantine import held_rows
from ipvb_bridge.store.read import read_streams

Kind = Literal["period", "statement", "today", "department", "cost_price", "bridge"]
Some = TypeVar("Some")
Page = tuple[str, str]
"""The stem of a page's file name, and its HTML."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. ``resident``, ``unit`` and ``date`` choose among pages; without them all are made.

    ``date``: of "today", default the day it is, or the period's last when that lies outside. ``language``: default the
    organisation's. ``pdf``: PDF in place of HTML. ``path``: the file, or the folder where there is more than one page.
    """

    kind: Kind = "period"
    resident: str | None = None
    unit: str | None = None
    date: dt.date | None = None
    language: Language | None = None
    pdf: bool = False
    path: Path | None = None


def write(configuration: Configuration, store: Store, what: Period | Reconciled, path: Path | None = None) -> Path:
    """Write the page of a period's newest version; by default ``reports/PERIOD.html`` in the configuration folder.

    ``what`` is the period, or what reconciling it gave. Raises :class:`UsageError` when the period has not been
    calculated.
    """
    done = reconcile(configuration, store, what) if isinstance(what, Period) else what
    wanted = Wanted(path=path)
    name, html = next(Gather(configuration, store, Period.parse(done.version.period), wanted).period(done))
    return save(path or configuration.folder / "reports" / f"{name}.html", html)


def write_all(configuration: Configuration, store: Store, period: Period, wanted: Wanted) -> Iterator[Path]:
    """Write the pages that are asked for, one after another, and give the path of each.

    Raises :class:`UsageError` when the period has not been calculated, or has nothing of what is asked for, and
    :class:`ConfigurationError` for a PDF that cannot be made here.
    """
    gather = Gather(configuration, store, period, wanted)
    makers: Mapping[Kind, Callable[[], Iterator[Page]]] = {
        "period": gather.period,
        "statement": gather.statements,
        "today": gather.today,
        "department": gather.departments,
        "cost_price": gather.cost_price,
        "bridge": gather.bridge,
    }
    pages = makers[wanted.kind]()
    first = list(itertools.islice(pages, 2))
    ending = ".pdf" if wanted.pdf else ".html"
    reports = configuration.folder / "reports"
    for name, html in itertools.chain(first, pages):
        if wanted.path is None:
            path = reports / f"{name}{ending}"
        elif len(first) == 1:
            path = wanted.path
        else:
            path = wanted.path / f"{Path(name).name}{ending}"
        yield save(path, html, pdf=wanted.pdf)


class Gather:
    """The pages of one period, each kind a method; what several kinds need is read once."""

    def __init__(self, configuration: Configuration, store: Store, period: Period, wanted: Wanted) -> None:
        self._configuration, self._store, self._period, self._wanted = configuration, store, period, wanted
        self._organisation = configuration.bridge.organisation.name
        self._language: Language = wanted.language or configuration.bridge.organisation.language

    def _files(self) -> Files:
        return read_files(self._configuration)

    def _tables(self, *names: str, number: int | None = None) -> tuple[versions.Version, dict[str, pl.DataFrame]]:
        version = results.find(self._store, self._period, number)
        return version, {name: versions.load_table(self._store, version, name) for name in names or version.tables}

    def _streams(self, *names: str, as_of: int | None = None) -> dict[str, pl.DataFrame]:
        frames, _ = read_streams(self._store, names, as_of=as_of)
        return frames

    def period(self, done: Reconciled | None = None) -> Iterator[Page]:
        """The page of the whole period, residents with their lines included."""
        done = done or reconcile(self._configuration, self._store, self._period)
        # The rows of that calculation, not those that a pull may have brought since.
        frames = self._streams("units", "residents", "care_agreements", as_of=done.version.inputs["as_of"])
        files = self._files()
        html = page.render(
            self._period,
            {**done.tables, "findings": done.findings},
            frames["units"],
            frames["residents"],
            files.settings,
            self._organisation,
            agreements=frames["care_agreements"],
            tariffs=files.tables["norms"]["tariffs"],
            held=held_rows(self._store),
            version=str(done.version.number),
            language=self._language,
        )
        yield str(self._period), html

    def statements(self) -> Iterator[Page]:
        """A statement for each resident and unit, or those of one resident or unit."""
        basis = self.basis()
        which = [
            pl.col(name) == value
            for name, value in (("resident_id", self._wanted.resident), ("unit_id", self._wanted.unit))
            if value is not None
        ]
        found = statement.statements(basis, *which)
        for data in self._some(found, "resident_budgets"):
            name = f"{self._period}/statements/{anchor(data['resident_id'], data['unit_id'])}"
            yield name, statement.render_statement(data, self._language)

    def basis(self, number: int | None = None) -> Basis:
        """What the statements of a calculation are made of; default the newest."""
        names = ("resident_budgets", "resident_network", "resident_components", "lines", "bridge")
        version, tables = self._tables(*names, number=number)
        frames = self._streams("units", "residents", "care_agreements", as_of=version.inputs["as_of"])
        files = self._files()
        return Basis(
            self._period,
            self._organisation,
            version.number,
            tables,
            frames["units"],
            frames["residents"],
            frames["care_agreements"],
            files.settings,
            page.fictional(files.tables["norms"]["tariffs"]),
        )

    def descriptions(self, number: int) -> dict[str, str]:
        """What the team wrote with each agreement that a calculation read: agreement_id -> description."""
        version = results.find(self._store, self._period, number)
        rows = self._streams("care_agreements", as_of=version.inputs["as_of"])["care_agreements"]
        return dict(rows.select("agreement_id", "description").drop_nulls().iter_rows())

    def today(self) -> Iterator[Page]:
        """The care of one day for each resident, or those of one resident or unit; from what is stored now."""
        day = self._day()
        frames = self._streams("units", "residents", "care_agreements", "stays", "absences", "indications")
        mapped = mapping.apply(frames, self._files().tables["mappings"], day).streams
        days = resident_days(mapped["stays"], mapped["absences"], mapped["indications"], Period(day, day))
        care = today.care_on(mapped["care_agreements"], days.segments, day)
        for name, value in (("resident_id", self._wanted.resident), ("unit_id", self._wanted.unit)):
            care = care if value is None else care.filter(pl.col(name) == value)
        found = today.today_data(care, day, self._organisation, frames["units"], frames["residents"])
        for data in self._some(found, "lines"):
            name = f"{day}/{anchor(data['resident_id'], data['unit_id'])}"
            yield name, today.render_today(data, self._language)

    def _day(self) -> dt.date:
        now = dt.datetime.now(self._configuration.zone).date()
        inside = self._period.start <= now <= self._period.end
        day = self._wanted.date or (now if inside else self._period.end)
        if not self._period.start <= day <= self._period.end:
            raise UsageError(messages.DAY_OUTSIDE, where="--date", seen=day.isoformat(), period=str(self._period))
        return day

    def departments(self) -> Iterator[Page]:
        """The formation of each unit that has any, or of one."""
        version, tables = self._tables("formation", "formation_weekdays")
        known = places(self._streams("units", as_of=version.inputs["as_of"])["units"])
        settings = self._files().settings
        present = pl.concat([frame.select("unit_id") for frame in tables.values()])["unit_id"].unique().sort()
        chosen = present if self._wanted.unit is None else present.filter(present == self._wanted.unit)
        for unit_id in self._some(iter(chosen), "formation"):
            where = place(known, unit_id)
            html = department.render_department(
                self._period,
                tables,
                unit_id,
                f"{where.name}, {where.location}" if where.location else where.name,
                settings,
                self._organisation,
                version=str(version.number),
                language=self._language,
            )
            yield f"{self._period}/departments/{anchor(unit_id)}", html

    def cost_price(self) -> Iterator[Page]:
        """The prices and what they pay for."""
        version, tables = self._tables("cost_prices", "cost_breakdown")
        html = single.render_cost_price(
            self._period,
            tables,
            self._files().settings,
            self._organisation,
            version=str(version.number),
            language=self._language,
        )
        yield f"{self._period}-cost_price", html

    def bridge(self) -> Iterator[Page]:
        """The bridge, the findings and what the data lack."""
        done = reconcile(self._configuration, self._store, self._period)
        html = single.render_bridge(
            self._period,
            {**done.tables, "findings": done.findings},
            self._streams("units", as_of=done.version.inputs["as_of"])["units"],
            self._organisation,
            held=held_rows(self._store),
            version=str(done.version.number),
            language=self._language,
        )
        yield f"{self._period}-bridge", html

    def _some(self, found: Iterator[Some], table: str) -> Iterator[Some]:
        first = next(found, None)
        if first is None:
            seen = " ".join(each for each in (self._wanted.resident, self._wanted.unit) if each) or "-"
            raise UsageError(
                messages.NOTHING_TO_SHOW, where=self._wanted.kind, seen=seen, period=str(self._period), table=table
            )
        return itertools.chain([first], found)
