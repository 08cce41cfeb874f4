"""Commands about norms and tariffs: what the norm tables say on a day, and reading a tariff list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

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
        filled = [each.name for each in rows if each.null_count() < rows.height]
        output.write_frame(rows.select(filled) if filled else rows, form, table)
        return
    listed = facts.overview(read, span)
    output.write_frame(listed, form, "norms")
    stale = listed.filter(listed["check_again"] > 0)["table"].to_list()
    if form == "table" and stale:
        click.echo(f"check again (a year or longer ago): {', '.join(stale)}; then set last_checked in norms/TABLE.csv")


FIELDS = (
    "zzp", "code", "description", "delivery_form", "with_treatment", "with_day_care", "day_tariff", "start_date",
    "end_date", "year",
)  # fmt: skip
"""What a column of a tariff list may hold; a test holds this against the reader."""


@click.group()
def tariffs() -> None:
    """Read a tariff list of the organisation or the regulator into norms/tariffs.csv."""


@tariffs.command("import")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--sheet", "sheets", metavar="NAME", multiple=True, help="Read this sheet; default every visible one.")
@click.option("--column", "columns", metavar="FIELD=HEADING", multiple=True, help="Which column holds a field.")
@click.option("--value", "values", metavar="FIELD=VALUE", multiple=True, help="For all rows that do not say it.")
@click.option("--decimal", type=click.Choice(["comma", "point"]), help="Where the amounts do not show it.")
@click.option("--source", metavar="TEXT", help="What the source column says; default the name of the file.")
@click.option("--write", is_flag=True, help="Write norms/tariffs.csv; the file before it is kept beside it.")
@click.pass_obj
def import_(
    door: output.Door,
    path: Path,
    sheets: tuple[str, ...],
    columns: tuple[str, ...],
    values: tuple[str, ...],
    decimal: Any,
    source: str | None,
    write: bool,
) -> None:
    """Show what a CSV or Excel list of tariffs would change; with --write, change it.

    Columns are found by their headings, Dutch or English. Fields: zzp, code, description, delivery_form,
    with_treatment, with_day_care, day_tariff, start_date, end_date, year. Nothing is written when anything is wrong.
    """
    from ipvb_bridge.pipeline.tariff_list import step
    from ipvb_bridge.pipeline.tariff_list.reading import Choices

    choices = Choices(_pairs("--column", columns), _pairs("--value", values), decimal)
    configuration = door.configuration()
    with door.store(configuration) as store:
        found = step.compare(configuration, store, path, choices, sheets, source)
    _show(found)
    if not found.joined.changes:
        click.echo("every tariff of this list is already in norms/tariffs.csv")
    if not write:
        click.echo("nothing was written; to write it: the same command with --write")
        return
    written, kept = step.write(configuration, found.joined)
    click.echo(f"{written}: {len(found.joined.tariffs)} tariffs" + (f"; before: {kept.name}" if kept else ""))
    click.echo("next: ipvb-bridge check, then calculate the periods of these tariffs again")


def _pairs(option: str, given: Sequence[str]) -> dict[str, str]:
    pairs = {}
    for each in given:
        name, sign, value = each.partition("=")
        if name not in FIELDS or not sign or not value:
            raise click.UsageError(f"{option} {each}: write FIELD=..., with one of: {', '.join(FIELDS)}")
        pairs[name] = value
    return pairs


def _show(found: Any) -> None:
    from ipvb_bridge.pipeline.tariff_list.reading import euros

    lines = [
        (
            line.state,
            str(line.tariff.profile),
            str(line.tariff.start),
            str(line.tariff.end or ""),
            euros(line.tariff.cents),
            "" if line.before is None else euros(line.before),
            "" if not line.before else f"{(line.tariff.cents - line.before) * 100 / line.before:+.1f}%",
            line.place,
        )
        for line in found.joined.lines
    ]
    heads = ("state", "profile", "from", "through", "euros a day", "was", "change", "place")
    output.show_rows(heads, lines, "the list beside norms/tariffs.csv", right=heads[4:7])
    for why, count in found.read.left_out.items():
        click.echo(f"left out: {why} ({count})")
    if found.read.unused:
        click.echo(f"columns that nothing reads: {', '.join(found.read.unused)}")
    if found.gaps is None:
        click.echo("no indications were pulled yet, so it is not known which profiles are in use")
    elif found.gaps:
        rows = [(str(gap.profile), str(gap.residents), str(gap.first), str(gap.last)) for gap in found.gaps]
        output.show_rows(
            ("profile", "residents", "from", "through"), rows, "in use and without a tariff", right=("residents",)
        )
    else:
        click.echo("every profile in use has a tariff in the years of this list")


COMMANDS = (norms, tariffs)
