"""Commands about the instruments of the method: which there are, and what one of them says of a period."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ipvb_bridge.cli import output


@click.command()
@click.argument("period", metavar="[PERIOD]", required=False)
@click.pass_obj
def instruments(door: output.Door, period: str | None) -> None:
    """List the instruments, or make the pages of all of them for a calculated period.

    The list shows the question that each answers and the tables it makes. What cannot be made is told with its reason.
    """
    from ipvb_bridge.core import instruments as known

    if period is None:
        rows = [
            (each.name, each.doc, ", ".join(result.name for result in each.results))
            for each in (known.load(name) for name in known.NAMES)
        ]
        output.show_rows(("instrument", "question", "tables"), rows)
        return
    from ipvb_bridge.pipeline import inputs
    from ipvb_bridge.pipeline import instruments as step
    from ipvb_bridge.reports.instruments import write

    configuration = door.configuration()
    with door.store(configuration) as store:
        for made in step.make_all(configuration, store, inputs.parse_period(period)):
            name = made.instrument.name
            if isinstance(made, step.Refused):
                click.echo(f"{name}: {made.error.code} {made.error.what()}\n  -> {made.error.next_step()}", err=True)
                continue
            pages = list(write.pages(configuration, made)) if write.any_page(made) else []
            told = f"{pages[0]}" if pages else "nothing to show"
            click.echo(f"{name}: {told}{f' and {len(pages) - 1:,} more' if len(pages) > 1 else ''}")


_LISTED = 12


@click.command()
@click.argument("name", metavar="NAME")
@click.argument("period", metavar="PERIOD")
@click.option("--table", metavar="TABLE", help="Show this table in place of writing the page.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv", "parquet", "xlsx"]),
    default="table",
    show_default=True,
    help="With --table.",
)
@click.option("--xlsx", is_flag=True, help="Write a workbook of all its tables in place of the page.")
@click.option(
    "--resident",
    metavar="ID",
    help="Of this resident only: the rows of --table, or the page where each resident has one.",
)
@click.option(
    "--unit", metavar="ID", help="Of this unit only: the rows of --table, or the page where each unit has one."
)
@output.for_pages
@click.pass_obj
def instrument(
    door: output.Door,
    name: str,
    period: str,
    table: str | None,
    form: str,
    xlsx: bool,
    resident: str | None,
    unit: str | None,
    language: Any,
    pdf: bool,
    path: Path | None,
) -> None:
    """Make an instrument's page of a calculated period; `ipvb-bridge instruments` lists them.

    Amounts of --table are cents, care time milliminutes; a workbook shows euros and hours.
    """
    from ipvb_bridge.pipeline import inputs
    from ipvb_bridge.pipeline import instruments as step
    from ipvb_bridge.reports.instruments import write

    configuration = door.configuration()
    span = inputs.parse_period(period)
    known = [result.name for result in step.find(name).results]
    if table is not None and table not in (*known, "findings"):
        raise click.UsageError(f"{name} makes no table {table}; it makes: {', '.join(known)}, findings")
    with door.store(configuration) as store:
        answer = step.make(configuration, store, span, name)
        if answer.stale:
            click.echo(
                f"the mappings, norms or settings changed since version {answer.version.number}; "
                f"run: ipvb-bridge calculate {span}",
                err=True,
            )
        if table is not None:
            made = answer.made.findings if table == "findings" else answer.made.tables[table]
            for column, chosen in (("resident_id", resident), ("unit_id", unit)):
                if chosen is not None and column in made.columns:
                    made = made.filter(made[column] == chosen)
            output.write_frame(made, form, table)
            return
        if xlsx:
            click.echo(str(write.book(configuration, answer, language, path)))
            return
        subject = resident or unit
        written = [
            str(each)
            for each in write.pages(configuration, answer, subject=subject, language=language, pdf=pdf, path=path)
        ]
    for finding in answer.made.findings.filter(answer.made.findings["severity"] == "error").iter_rows(named=True):
        click.echo(f"{finding['rule']}  {finding['explanation']}", err=True)
    if len(written) > _LISTED:
        click.echo(f"{Path(written[0]).parent}: {len(written):,} pages")
    else:
        click.echo("\n".join(written))


COMMANDS = (instruments, instrument)
