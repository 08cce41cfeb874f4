"""What the commands share: the configuration behind ``-C``, messages, tables and progress."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ipvb_bridge.base.errors import BridgeError, CalculationError, RunError
from ipvb_bridge.base.messages import message

if TYPE_CHECKING:
    import polars as pl

    from ipvb_bridge.base.settings import Configuration
    from ipvb_bridge.store.database import Store

UNEXPECTED = message(
    "A90",
    en="the program met something it did not expect: {seen}",
    nl="het programma stuitte op iets wat het niet verwachtte: {seen}",
    next_en="nothing half-done counts; report this with the last line of log/ipvb-bridge.jsonl",
    next_nl="er telt niets half; meld dit met de laatste regel van log/ipvb-bridge.jsonl",
)
WIDE = 10_000
"""Columns of a table that is not written to a terminal: nothing is cut off in a file or a pipe."""


class Door:
    """What the options before the command said."""

    def __init__(self, folder: Path, verbose: bool) -> None:
        self.folder = folder
        self.verbose = verbose

    def configuration(self) -> Configuration:
        """Read the configuration folder, speak its language, and write the log there."""
        from ipvb_bridge.base import logging, messages, settings

        configuration = settings.load(self.folder)
        messages.speak(configuration.bridge.organisation.language)
        folder = configuration.folder / "log"
        try:
            folder.mkdir(exist_ok=True)
            logging.configure(folder / "ipvb-bridge.jsonl", verbose=self.verbose)
        except OSError:
            # A folder that cannot be written to is the store's business to complain about; reading must still work.
            logging.configure(None, verbose=self.verbose)
        return configuration

    @contextmanager
    def store(self, configuration: Configuration) -> Iterator[Store]:
        """The opened store of a configuration."""
        from ipvb_bridge.store.database import open_store

        with open_store(configuration.database_url(), folder=configuration.folder / "data") as store:
            yield store


def for_pages(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a command that writes pages: language, pdf and where (``path``)."""
    options = (
        click.option("--language", type=click.Choice(["nl", "en"]), help="Default the organisation's."),
        click.option("--pdf", is_flag=True, help="PDF in place of HTML (extra: pdf)."),
        click.option(
            "--output",
            "path",
            type=click.Path(path_type=Path),
            help="The file, or the folder where there are more; default in DIR/reports.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def person() -> str:
    """Who gives the command, as the operating system knows them."""
    import getpass

    return getpass.getuser()


def tell(error: BridgeError) -> None:
    """Write a message to standard error: code, place, what, and the next step; each problem it stands for."""
    for each in error.problems():
        click.secho(f"{each.code} {each.where}".rstrip(), fg="red", err=True)
        click.echo(f"  {each.what()}", err=True)
        if isinstance(each, CalculationError):
            for line in each.lines:
                click.echo(f"    {line}", err=True)
        click.echo(f"  -> {each.next_step()}", err=True)


def unexpected(error: Exception) -> BridgeError:
    """A message for an error that nobody foresaw; its place goes to the log, its text nowhere: it may quote a row."""
    import traceback

    from ipvb_bridge.base import logging

    places = [f"{each.filename}:{each.lineno} {each.name}" for each in traceback.extract_tb(error.__traceback__)]
    logging.get().error("unexpected", error=type(error).__name__, places=places[-8:])
    return RunError(UNEXPECTED, where=places[-1] if places else "", seen=type(error).__name__)


def show(frame: pl.DataFrame, title: str = "", *, file: Any = None) -> None:
    """Write a frame as a table; numbers to the right."""
    rows = [["" if value is None else str(value) for value in row] for row in frame.iter_rows()]
    right = {name for name, dtype in frame.schema.items() if dtype.is_numeric()}
    show_rows(frame.columns, rows, title, right=right, file=file)


def show_rows(
    names: Sequence[str],
    rows: Iterable[Sequence[str]],
    title: str = "",
    *,
    right: Iterable[str] = (),
    file: Any = None,
) -> None:
    """Write rows of text as a table."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    out = file or sys.stdout
    console = Console(file=out, width=None if out.isatty() else WIDE, highlight=False)
    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    numeric = set(right)
    for name in names:
        table.add_column(name, justify="right" if name in numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_plain(value) for value in row))
    console.print(table)


def _plain(value: str) -> Any:
    from rich.text import Text

    return Text(value)


def write_frame(frame: pl.DataFrame, form: str, title: str = "table") -> None:
    """Write a frame to standard output as table, json, csv, parquet or xlsx."""
    import json

    if form == "table":
        show(frame)
    elif form == "json":
        click.echo(json.dumps(frame.to_dicts(), ensure_ascii=False, indent=1, default=str))
    elif form == "csv":
        click.echo(frame.write_csv(), nl=False)
    elif form == "parquet":
        frame.write_parquet(sys.stdout.buffer)
    else:
        from ipvb_bridge.reports import workbook

        # A workbook is a zip file, written back and forth: a pipe cannot do that.
        made = io.BytesIO()
        workbook.write(made, {title: frame})
        sys.stdout.buffer.write(made.getvalue())


@contextmanager
def progress() -> Iterator[Any]:
    """A progress display ``(connection, stream, rows)``; silent when standard error is not a terminal."""
    if not sys.stderr.isatty():
        yield lambda connection, stream, rows: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed:,} rows"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def update(connection: str, stream: str, rows: int) -> None:
            name = f"{connection} {stream}"
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=None)
            bar.update(tasks[name], completed=rows)

        yield update
