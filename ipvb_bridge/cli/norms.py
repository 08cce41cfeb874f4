"""Commands about norms and tariffs: what the norm tables say on a day, and reading a tariff list."""

from __future__ import annotations

import datetime as dt

import click

from ipvb_bridge.cli import output


@click.command()
@click.argument("table", metavar="[TABLE]", required=False)
@click.option("--on", "day", metavar="DAY", help="The day, 2026-01-31; default today.")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
@click.pass_obj
def norms(door: output.Door, table: str | None, day: str | None, form: str) -> None:
    """List the norm tables with what holds on a day and when somebody last looked; or the rows of one table.

    A row that nobody held against its source for a year is to be checked again.
    """
    from ipvb_bridge.core import facts
    from ipvb_bridge.core.norm_records import NORM_TABLES
    from ipvb_bridge.core.periods import Period
    from ipvb_bridge.pipeline import inputs

    if table is not None and table not in NORM_TABLES:
        raise click.UsageError(f"there is no norm table {table}; there are: {', '.join(NORM_TABLES)}")
    configuration = door.configuration()
    try:
        on = dt.date.fromisoformat(day) if day else dt.datetime.now(configuration.zone).date()
    except ValueError:
        raise click.UsageError(f"{day} is not a day; write it as 2026-01-31") from None
    span = Period(on, on)
    read = inputs.read_tables(configuration, "norms")
    if table is not None:
        rows = facts.statements(read, span)
        rows = rows.filter(rows["table"] == table).drop("table")
        output.write_frame(rows.select(each.name for each in rows if each.null_count() < rows.height), form, table)
        return
    listed = facts.overview(read, span)
    output.write_frame(listed, form, "norms")
    stale = listed.filter(listed["check_again"] > 0)["table"].to_list()
    if form == "table" and stale:
        click.echo(f"check again (a year or longer ago): {', '.join(stale)}; then set last_checked in norms/TABLE.csv")


COMMANDS = (norms,)
