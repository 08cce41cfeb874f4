"""What the demo says on the terminal, in Dutch or English."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
from rich import box
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from ipvb_bridge.base.errors import BridgeError
from ipvb_bridge.base.messages import Language
from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.core.validation import explain
from ipvb_bridge.demo.house import LOCATIONS
from ipvb_bridge.demo.world import World
from ipvb_bridge.pipeline.difference import Change
from ipvb_bridge.pipeline.pull import Pulled
from ipvb_bridge.plugin.adapter import Receipt
from ipvb_bridge.reports.numbers import figures
from ipvb_bridge.reports.remarks import family
from ipvb_bridge.reports.terms import terms
from ipvb_bridge.store.plans import Plan

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

    def start(self, world: World, url: str, port: int) -> None:
        """What there is, and where."""
        self.title(1, "The systems", "De systemen")
        self.line(
            "An invented organisation: 3 locations, 12 departments, about 300 residents. All tariffs are fictional.",
            "Een verzonnen organisatie: 3 locaties, 12 afdelingen, ongeveer 300 bewoners. Alle tarieven zijn fictief.",
        )
        self.line(
            f"Care file (ECD): FHIR R4 at {url}, with a bearer token.",
            f"Zorgdossier (ECD): FHIR R4 op {url}, met een toegangstoken.",
        )
        self.line(
            f"Care administration and payroll: SFTP server on 127.0.0.1:{port}.",
            f"Zorgadministratie en salaris: SFTP-server op 127.0.0.1:{port}.",
        )
        self.line(
            "Ledger: audit file (XAF 3.2) of a year. Roster: it picks up files from the same SFTP server.",
            "Grootboek: auditfile (XAF 3.2) van een jaar. Rooster: haalt bestanden van dezelfde SFTP-server.",
        )
        if world.delivery > 1:
            files = ", ".join(world.files)
            self.line(
                f"The world moved on: {world.records} records of the care file are new or changed, and delivery "
                f"{world.delivery} of the care administration arrived ({files}).",
                f"De wereld draait door: {world.records} gegevens in het zorgdossier zijn nieuw of gewijzigd, en "
                f"levering {world.delivery} van de zorgadministratie is er ({files}).",
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
            same = sum(not each.counts.accepted for each in done)
            new = sum(each.counts.accepted for each in done)
            self.line(
                f"Only what changed was pulled: {same} of {len(done)} streams brought nothing new; in the others "
                f"{self._figures.count(new)} rows are new or changed.",
                f"Alleen wat veranderde is opgehaald: {same} van {len(done)} stromen brachten niets nieuws; in de "
                f"andere zijn {self._figures.count(new)} rijen nieuw of gewijzigd.",
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

    def to_do(self, work: pl.DataFrame) -> None:
        """How much stands on the work list, by kind."""
        counts = dict(work.group_by("kind").len().iter_rows())
        said = ", ".join(
            f"{title.lower()} {counts[kind]}" for kind, title in self._terms.work.items() if kind in counts
        )
        self.line(f"Work list: {said or 'nothing'}.", f"Werklijst: {said or 'niets'}.")

    def planned(self, plan: Plan, unchanged: int, changes: Iterable[Change]) -> None:
        """What would be written, per location, and of what changed which figures moved."""
        self.title(6, "Planned: what would be written", "Gepland: wat er geschreven wordt")
        actions = (("new", "nieuw"), ("changed", "gewijzigd"), ("withdrawn", "ingetrokken"), ("unchanged", "gelijk"))
        counts: dict[tuple[str, str], dict[str, int]] = {}
        for row in plan.summary:
            key = (row["location"] or "-", row["target"])
            counts.setdefault(key, {})[row["action"]] = row["items"]
        names = dict(LOCATIONS)
        table = self._table(
            self.say("location", "locatie"), self.say("target", "doel"), right=[self.say(*each) for each in actions]
        )
        for (location, target), own in sorted(counts.items()):
            figures = [self._figures.count(own[name]) if own.get(name) else "" for name, _ in actions]
            table.add_row(names.get(location, self.say("(no location)", "(geen locatie)")), target, *figures)
        self.console.print(table)
        for each in changes:
            if each.action == "changed" and "required_cents" in each.moved:
                first, last = (self._figures.euro(value) for value in each.moved["required_cents"])
                self.line(
                    f"{each.subject} {each.unit_id}: required {first} -> {last}",
                    f"{each.subject} {each.unit_id}: nodig {first} -> {last}",
                )
        self.line(
            f"Plan {plan.plan_id} by {plan.maker}: {plan.items} to write, {unchanged} stand as they should.",
            f"Plan {plan.plan_id} van {plan.maker}: {plan.items} te schrijven, {unchanged} staan er al goed.",
        )

    def not_planned(self, held: Sequence[BridgeError]) -> None:
        """What was asked for and is held back, with its next step."""
        for each in held:
            self.line(f"Held back: {each.what('en')}.", f"Vastgehouden: {each.what('nl')}.")
            self.line(f"-> {each.next_step('en')}", f"-> {each.next_step('nl')}")

    def nothing_planned(self, unchanged: int) -> None:
        """Everything stands there already."""
        self.title(6, "Planned: nothing to write", "Gepland: niets te schrijven")
        self.line(f"{unchanged} stand as they should.", f"{unchanged} staan er al goed.")

    def signed(self, plan: Plan, names: Sequence[str]) -> None:
        """Who signed, and what."""
        who = (" and ".join(names), " en ".join(names))
        self.title(7, "Signed by two people, sent, read back", "Door twee mensen ondertekend, verstuurd, teruggelezen")
        self.line(
            f"Signed by {who[0]}, each with an SSH key of their own: sha256:{plan.digest[:16]}...",
            f"Ondertekend door {who[1]}, elk met een eigen SSH-sleutel: sha256:{plan.digest[:16]}...",
        )

    def sent(self, states: Mapping[str, int], held: Receipt | None, digest: str, *, again: bool) -> None:
        """How many messages were confirmed, and one as the ECD holds it."""
        done, rest = states.get("confirmed", 0), sum(states.values()) - states.get("confirmed", 0)
        only = self.say("Only what changed was sent: ", "Alleen wat veranderde is verstuurd: ") if again else ""
        self.line(
            f"{only}{done} written, read back and confirmed; {rest} not delivered.",
            f"{only}{done} geschreven, teruggelezen en bevestigd; {rest} niet afgeleverd.",
        )
        if held is not None:
            same = held.digest == digest
            verdict = (
                self.say("as signed", "zoals ondertekend") if same else self.say("NOT as signed", "NIET zo getekend")
            )
            self.line(
                f"The care file holds {held.key} as {held.reference}, sha256:{held.digest[:16]}... ({verdict}).",
                f"In het zorgdossier staat {held.key} als {held.reference}, sha256:{held.digest[:16]}... ({verdict}).",
            )

    def finish(self, world: World, pages: Sequence[Path], period: str, seconds: float) -> None:
        """Where the pages are, and what to try next."""
        self.title(
            8, "The report, a resident's statement, care today", "Het rapport, een budgetoverzicht, zorg vandaag"
        )
        for path in pages:
            self.console.print(Text(f"   {path}", style="bold"), soft_wrap=True)
        took = f"{seconds:.1f}"
        self.line(f"Done in {took} seconds. Try now:", f"Klaar in {took.replace('.', ',')} seconden. Probeer nu:")
        folder = world.folder
        again = (
            "the world moves on; only what changed is pulled and written",
            "de wereld draait door; alleen wat verandert gaat heen en weer",
        )
        self._try(f"ipvb-bridge demo {folder}", *again)
        here = f"ipvb-bridge -C {folder}"
        self._try(f"{here} results {period} resident_budgets", "a budget for each resident", "een budget per bewoner")
        if world.delivery > 1:
            self._try(f"{here} results {period} --compare", "what moved between two versions", "wat er verschoof")
        self._try(f"{here} reconcile {period}", "all findings", "alle bevindingen")
        self._try(f"{here} results {period} work_list", "who to look up", "wie na te gaan")
        self._try(f"{here} instruments {period}", "every instrument of the method", "elk instrument van de methode")
        self._try(f"{here} mappings", "codes without a mapping", "codes zonder koppeling")
        self._try(f"{here} publish {period}", "what differs now, by another plan", "wat er nu verschilt")
        self._try(f"{here} state", "runs, and what is held back", "runs, en wat apart staat")
        self.line(
            "The servers stop with the demo; the database, the results and what the care file holds stay.",
            "De servers stoppen met de demo; de database, de uitkomsten en het zorgdossier blijven.",
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
