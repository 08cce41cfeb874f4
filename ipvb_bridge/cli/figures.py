"""Commands about the outcome: calculate, reconcile, results, report, demo."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import click

from ipvb_bridge.cli import output

TABLES = (
    "lines",
    "resident_budgets",
    "resident_components",
    "resident_network",
    "unit_budgets",
    "group_budgets",
    "cost_prices",
    "cost_breakdown",
    "ledger_totals",
    "bridge",
    "formation",
    "formation_weekdays",
    "work_list",
    "findings",
    "completeness",
    "unmapped",
    "unused_mappings",
)
"""The result tables, for the help text; a test holds this against what a calculation makes."""


@click.command()
@click.argument("period", metavar="PERIOD")
@click.pass_obj
def calculate(door: output.Door, period: str) -> None:
    """Calculate a month (2026-01) or a span (2026-01-01..2026-01-31) from what was pulled.

    The same inputs give the version there is; an earlier version never changes.
    """
    from ipvb_bridge.pipeline import calculate as step
    from ipvb_bridge.pipeline import inputs

    configuration = door.configuration()
    span = inputs.parse_period(period)
    with door.store(configuration) as store:
        done = step.calculate(configuration, store, span)
    version = done.version
    if version.new:
        click.echo(f"{span}: version {version.number}, fingerprint {version.fingerprint[:12]}")
    else:
        click.echo(f"{span}: nothing changed since version {version.number}, fingerprint {version.fingerprint[:12]}")
    output.show_rows(("table", "rows"), [(name, f"{rows:,}") for name, rows in version.tables.items()], right=("rows",))
    click.echo(f"next: ipvb-bridge results {span} resident_budgets, ipvb-bridge report {span}")


@click.command()
@click.argument("period", metavar="PERIOD")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv", "parquet"]),
    default="table",
    show_default=True,
)
@click.pass_obj
def reconcile(door: output.Door, period: str, form: str) -> None:
    """Hold ECD, payroll, ledger and the results of a period against each other; list the findings."""
    from ipvb_bridge.pipeline import inputs
    from ipvb_bridge.pipeline import reconcile as step

    configuration = door.configuration()
    span = inputs.parse_period(period)
    with door.store(configuration) as store:
        done = step.reconcile(configuration, store, span)
    output.write_frame(done.findings, form)
    if done.stale:
        click.echo(
            f"the inputs changed since version {done.version.number}; run: ipvb-bridge calculate {span}", err=True
        )


@click.command()
@click.argument("period", metavar="PERIOD")
@click.argument("table", metavar="TABLE", required=False, type=click.Choice(TABLES))
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv", "parquet", "xlsx"]),
    default="table",
    show_default=True,
)
@click.option("--version", "number", type=click.IntRange(min=1), help="An earlier version; default the newest.")
@click.option("--compare", is_flag=True, help="What moved since the version before, or since --against, and why.")
@click.option("--against", type=click.IntRange(min=1), help="With --compare: the version to compare with.")
@click.pass_obj
def results(
    door: output.Door,
    period: str,
    table: str | None,
    form: str,
    number: int | None,
    compare: bool,
    against: int | None,
) -> None:
    """Show a result table of a period, or what moved between two versions (--compare).

    Amounts are cents, care time milliminutes; a workbook (xlsx) shows euros and hours.
    """
    from ipvb_bridge.pipeline import inputs
    from ipvb_bridge.pipeline import results as step
    from ipvb_bridge.store.versions import load_table

    configuration = door.configuration()
    span = inputs.parse_period(period)
    if against is not None and not compare:
        raise click.UsageError("--against goes with --compare")
    if table is None and not compare:
        raise click.UsageError(f"name a table: {', '.join(TABLES)}")
    with door.store(configuration) as store:
        if not compare:
            output.write_frame(load_table(store, step.find(store, span, number), str(table)), form, str(table))
            return
        found = step.compare(store, span, against, number)
    moved = found.moved if table is None else found.moved.filter(found.moved["table"] == table)
    if form != "table":
        output.write_frame(moved, form, "moved")
        return
    click.echo(f"{span}: from version {found.before.number} to version {found.after.number}")
    output.show(found.causes, "why: inputs that differ")
    output.show(moved, "what moved")


_LISTED = 12
"""With more pages than this the command names their folder and how many there are."""


@click.command()
@click.argument("period", metavar="PERIOD")
@click.option(
    "--kind",
    type=click.Choice(["period", "statement", "today", "department", "cost_price", "bridge"]),
    default="period",
    show_default=True,
)
@click.option("--resident", metavar="ID", help="With statement and today: of this resident only.")
@click.option("--unit", metavar="ID", help="With statement, today and department: of this unit only.")
@click.option(
    "--date",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="With today: the day, inside PERIOD; default today, or the last day of a period that today is outside of.",
)
@output.for_pages
@click.pass_obj
def report(
    door: output.Door,
    period: str,
    kind: Any,
    resident: str | None,
    unit: str | None,
    day: dt.datetime | None,
    language: Any,
    pdf: bool,
    path: Path | None,
) -> None:
    """Write pages for people: the whole period, or one of the kinds beside it.

    \b
    statement   the resident's statement, a page for each resident and unit
    today       "Uw zorg vandaag": one day's care, a page for each resident
    department  the formation against actual, a page for each department
    cost_price  the prices and what they pay for
    bridge      the bridge and the findings
    """
    from ipvb_bridge.pipeline import inputs
    from ipvb_bridge.reports import make

    configuration = door.configuration()
    span = inputs.parse_period(period)
    wanted = make.Wanted(kind, resident, unit, day and day.date(), language, pdf, path)
    with door.store(configuration) as store:
        written = [str(path) for path in make.write_all(configuration, store, span, wanted)]
    if len(written) > _LISTED:
        click.echo(f"{Path(written[0]).parent}: {len(written):,} pages")
    else:
        click.echo("\n".join(written))


@click.command()
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), default=Path("ipvb-demo"))
def demo(folder: Path) -> None:
    """Run the whole job on an invented organisation and simulated systems that it starts itself."""
    from ipvb_bridge.demo import run

    raise SystemExit(run.run(folder))


COMMANDS = (calculate, reconcile, results, report, demo)
