"""What the demo says on the terminal, in Dutch or English."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
from rich import box
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from ipvb_bridge.base.messages import Language
from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.core.validation import explain
from ipvb_bridge.demo.world import World
from ipvb_bridge.pipeline.pull import Pulled
from ipvb_bridge.reports.numbers import figures
from ipvb_bridge.reports.remarks import family
from ipvb_bridge.reports.terms import terms

_WORTH_SAYING = 10_00
"""Cents: a day more or less in the year moves every day price a little, and so every budget by cents."""


class Teller:
    """Writes the demo's account, in one language, to one console."""

    def __init__(self, console: Console, language: Language) -> None:
        self.console = console
        self.language = language
        self._figures, self._terms = figures(language), terms(language)

    def say(self, en: str, nl: str) -> str:
        """The text in the reader's language."""
        return nl if self.language == "nl" else en

    def title(self, number: int, en: str, nl: str) -> None:
        """The heading of a step."""
        self.console.print()
        self.console.print(Text(f"{number}. {self.say(en, nl)}", style="bold cyan"))

    def line(self, en: str, nl: str) -> None:
        """A plain line."""
        self.console.print(Text(f"   {self.say(en, nl)}"), soft_wrap=True)

    @contextmanager
    def busy(self, en: str, nl: str) -> Iterator[Any]:
        """A spinner with the name of the work and a count of rows, for a terminal; nothing elsewhere."""
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.fields[rows]}"))
        with Progress(
            *columns,
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        ) as progress:
            task = progress.add_task(self.say(en, nl), rows="")

            def update(connection: str, stream: str, rows: int) -> None:
                progress.update(task, description=f"{connection} {stream}", rows=self._figures.count(rows))

            yield update

    def start(self, world: World, port: int) -> None:
        """What there is, and where."""
        self.title(1, "The systems", "De systemen")
        self.line(
            "An invented organisation: 3 locations, 12 departments, about 300 residents. All tariffs are fictional.",
            "Een verzonnen organisatie: 3 locaties, 12 afdelingen, ongeveer 300 bewoners. Alle tarieven zijn fictief.",
        )
        self.line(
            f"Care file and payroll: SFTP server on 127.0.0.1:{port}. Ledger: audit file (XAF 3.2) of a year.",
            f"Zorgdossier en salaris: SFTP-server op 127.0.0.1:{port}. Grootboek: auditfile (XAF 3.2) van een jaar.",
        )
        if world.files:
            files = ", ".join(world.files)
            self.line(
                f"The world moved on: delivery {world.delivery} of the care file arrived ({files}).",
                f"De wereld draait door: levering {world.delivery} van het zorgdossier is er ({files}).",
            )

    def pulled(self, done: Sequence[Pulled], *, again: bool) -> None:
        """What was read, taken, known already and held back, per stream."""
        self.title(2, "Pulled", "Opgehaald")
        heads = (("read", "gelezen"), ("accepted", "opgenomen"), ("unchanged", "gelijk"), ("held", "apart"))
        table = self._table(
            self.say("connection", "koppeling"),
            self.say("stream", "stroom"),
            right=[self.say(en, nl) for en, nl in heads],
        )
        for each in done:
            counts = each.counts
            figures = [
                self._figures.count(n) for n in (counts.read, counts.accepted, counts.unchanged, counts.quarantined)
            ]
            if each.same:
                figures = ["", "", self.say("no new delivery", "geen nieuwe levering"), ""]
            style = "red" if each.error else "yellow" if counts.quarantined else "dim" if each.same else ""
            table.add_row(each.connection, each.stream, *figures, style=style)
        self.console.print(table)
        if again:
            same = sum(each.same for each in done)
            new = sum(each.counts.accepted for each in done)
            self.line(
                f"Only what changed was pulled: {same} of {len(done)} streams had no new delivery, and of the files "
                f"that did come {self._figures.count(new)} rows are new or changed.",
                f"Alleen wat veranderde is opgehaald: {same} van {len(done)} stromen hadden geen nieuwe levering, en "
                f"van de bestanden die wel kwamen zijn {self._figures.count(new)} rijen nieuw of gewijzigd.",
            )

    def held(self, rows: pl.DataFrame) -> None:
        """Every row that waits, with its reason and what to do."""
        self.title(3, "Held back, and why", "Apart gehouden, en waarom")
        if rows.is_empty():
            self.line("Nothing: every row that was read takes part.", "Niets: elke gelezen rij doet mee.")
            return
        table = self._table(
            self.say("where", "plaats"),
            self.say("key", "sleutel"),
            self.say("why, and what to do", "waarom, en wat te doen"),
        )
        for row in rows.iter_rows(named=True):
            why, step = explain(STREAMS[row["stream"]], row["code"], row["column"], row["seen"] or "", self.language)
            table.add_row(row["position"], row["source_id"] or "", f"{why}\n-> {step}")
        self.console.print(table)

    def figures(self, period: str, version: int, tables: dict[str, pl.DataFrame], *, new: bool) -> None:
        """The main figures of the month."""
        state = "" if new else self.say(" (nothing changed)", " (niets veranderd)")
        self.title(4, f"Calculated: {period}, version {version}{state}", f"Berekend: {period}, versie {version}{state}")
        total = tables["unit_budgets"].filter(pl.col("unit_id") == "ORG").row(0, named=True)
        staff = tables["formation"].select(pl.col("required_fte").sum(), pl.col("actual_fte").sum()).row(0)
        bridge = dict(tables["bridge"].group_by("part").agg(pl.col("cents").sum()).iter_rows())
        prices = tables["cost_prices"]
        third = prices.filter(pl.col("kind") == "level", pl.col("key") == "3")["price_cents"]
        gink = prices.filter(pl.col("kind") == "gink")["price_cents"]
        table = self._table(self.say("figure", "cijfer"), right=("",))
        for en, nl, value in (
            ("available", "beschikbaar", self._figures.euro(total["available_cents"])),
            ("required", "nodig", self._figures.euro(total["required_cents"])),
            ("balance", "saldo", self._figures.euro(total["balance_cents"])),
            ("ledger cost of the month", "kosten in het grootboek", self._figures.euro(bridge["ledger_cost"])),
            ("formation required", "formatie nodig", f"{self._figures.decimal(staff[0])} fte"),
            ("formation actual", "formatie ingezet", f"{self._figures.decimal(staff[1])} fte"),
            ("price of an hour, level 3", "uurprijs niveau 3", self._figures.euro(third[0])),
            ("GINK (our reading)", "GINK (onze lezing)", self._figures.euro(gink[0])),
        ):
            table.add_row(self.say(en, nl), value)
        self.console.print(table)

    def moved(self, causes: pl.DataFrame, moved: pl.DataFrame, before: int) -> None:
        """What a new version changed, and by what."""
        difference = pl.col("after").cast(pl.Int64).fill_null(0) - pl.col("before").cast(pl.Int64).fill_null(0)
        required = moved.filter(pl.col("table") == "resident_budgets", pl.col("column") == "required_cents")
        people = required.filter(difference.abs() >= _WORTH_SAYING).height
        total = moved.filter(
            pl.col("table") == "unit_budgets", pl.col("key") == "ORG", pl.col("column") == "required_cents"
        )
        why = "; ".join(f"{part.removeprefix('rows/')} {self._amounts(what)}" for part, what in causes.iter_rows())
        self.line(
            f"Against version {before}: what {people} residents need moved by 10 euros or more.",
            f"Tegenover versie {before}: bij {people} bewoners verschoof wat nodig is met 10 euro of meer.",
        )
        self.line(f"Why: {why}.", f"Oorzaak: {why}.")
        for row in total.iter_rows(named=True):
            first, last = (self._figures.euro(int(row[name])) for name in ("before", "after"))
            self.line(f"Required went from {first} to {last}.", f"Nodig ging van {first} naar {last}.")

    def reconciled(self, findings: pl.DataFrame) -> None:
        """How many findings of each rule; the report has them all."""
        self.title(5, "Reconciled", "Aangesloten")
        table = self._table(
            self.say("rule", "regel"), self.say("about", "waarover"), right=(self.say("findings", "bevindingen"),)
        )
        for rule, number in findings.group_by(family(self._terms)).len().sort("family").iter_rows():
            table.add_row(rule, self._terms.rule(rule), self._figures.count(number))
        self.console.print(table)

    def finish(self, world: World, report: Path, period: str, seconds: float) -> None:
        """Where the report is, and what to try next."""
        self.title(6, "The report", "Het rapport")
        self.console.print(Text(f"   {report}", style="bold"), soft_wrap=True)
        took = f"{seconds:.1f}"
        self.line(f"Done in {took} seconds. Try now:", f"Klaar in {took.replace('.', ',')} seconden. Probeer nu:")
        folder = world.folder
        again = (
            "a new delivery arrives; only what changed is pulled",
            "er komt een nieuwe levering",
        )
        self._try(f"ipvb-bridge demo {folder}", *again)
        here = f"ipvb-bridge -C {folder}"
        self._try(f"{here} results {period} resident_budgets", "a budget for each resident", "een budget per bewoner")
        if world.delivery > 1:
            self._try(f"{here} results {period} --compare", "what moved between two versions", "wat er verschoof")
        self._try(f"{here} reconcile {period}", "all findings", "alle bevindingen")
        self._try(f"{here} mappings", "codes without a mapping", "codes zonder koppeling")
        self._try(f"{here} state", "runs, and what is held back", "runs, en wat apart staat")
        self.line(
            "The SFTP server stops with the demo; the database and the results stay.",
            "De SFTP-server stopt met de demo; de database en de uitkomsten blijven.",
        )

    def _amounts(self, what: str) -> str:
        """`12 new, 5 changed, 0 gone` without what is nothing, in the reader's language."""
        words = {"new": "nieuw", "changed": "gewijzigd", "gone": "vervallen"} if self.language == "nl" else {}
        counted = [each.split(" ", 1) for each in what.split(", ") if not each.startswith("0 ")]
        return ", ".join(" ".join(words.get(word, word) for word in each) for each in counted)

    def _try(self, command: str, en: str, nl: str) -> None:
        self.console.print(Text.assemble("   ", (command, "green"), f"   {self.say(en, nl)}"), soft_wrap=True)

    def _table(self, *left: str, right: Sequence[str] = ()) -> Table:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for name in left:
            table.add_column(name, overflow="fold")
        for name in right:
            table.add_column(name, justify="right")
        return table
