"""Commands that set a configuration up: init, check, adapters, mappings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ipvb_bridge.cli import output

if TYPE_CHECKING:
    from ipvb_bridge.base.errors import BridgeError
    from ipvb_bridge.base.settings import Configuration

TEMPLATES = Path(__file__).parent / "templates"


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--template",
    type=click.Choice(["empty", "example"]),
    default="empty",
    show_default=True,
    help="example: a small worked organisation whose files you can replace by your own.",
)
def init(folder: Path, template: str) -> None:
    """Make a configuration folder; nothing that exists is overwritten."""
    import shutil

    from ipvb_bridge.base import configuration_messages
    from ipvb_bridge.base.errors import ConfigurationError
    from ipvb_bridge.core.norm_records import NORM_TABLES, SHIPPED
    from ipvb_bridge.core.records import MAPPINGS

    source = TEMPLATES / template
    present = [path.name for path in sorted(source.iterdir()) if (folder / path.name).exists()]
    if present:
        raise ConfigurationError(configuration_messages.NOT_EMPTY, where=str(folder), seen=", ".join(present))
    shutil.copytree(source, folder, dirs_exist_ok=True)
    for name, tables in (("mappings", MAPPINGS), ("norms", NORM_TABLES)):
        (folder / name).mkdir(exist_ok=True)
        for table in tables.values():
            path = folder / name / f"{table.name}.csv"
            public = SHIPPED / path.name
            if name == "norms" and not path.exists() and public.is_file():
                shutil.copyfile(public, path)
            elif not path.exists():
                path.write_text(",".join(table.names) + "\n", "utf-8")
    click.echo(f"made {folder}")
    click.echo(f"next: ipvb-bridge -C {folder} check")


@click.command()
@click.argument("names", metavar="[CONNECTION]...", nargs=-1)
@click.pass_obj
def check(door: output.Door, names: tuple[str, ...]) -> None:
    """Say everything that is wrong: files, database, and each connection step by step."""
    from ipvb_bridge.base.errors import BridgeError
    from ipvb_bridge.pipeline import inputs

    configuration = door.configuration()
    errors: list[BridgeError] = []
    rows: list[tuple[str, str, str, str]] = []
    try:
        inputs.read_files(configuration)
        rows.append(("files", "method.toml, mappings, norms", "ok", ""))
    except BridgeError as error:
        errors += error.problems()
        rows.append(("files", "method.toml, mappings, norms", "wrong", ", ".join(e.code for e in error.problems())))
    try:
        with door.store(configuration) as store:
            rows.append(("database", store.url.render_as_string(hide_password=True), "ok", ""))
    except BridgeError as error:
        errors.append(error)
        rows.append(("database", "", "wrong", error.code))
    for name in names or tuple(configuration.bridge.connections):
        steps, found = _check_connection(configuration, name)
        rows += steps
        errors += found
    output.show_rows(("part", "step", "state", "seen"), rows)
    for each in errors:
        output.tell(each)
    if errors:
        raise SystemExit(errors[0].exit_code)
    click.echo("all is well; next: ipvb-bridge pull")


def _check_connection(
    configuration: Configuration, name: str
) -> tuple[list[tuple[str, str, str, str]], list[BridgeError]]:
    from ipvb_bridge.base.errors import BridgeError
    from ipvb_bridge.pipeline import connections

    try:
        adapter = connections.open_adapter(configuration, name)
        connections.offers(configuration, name, adapter)
    except BridgeError as error:
        return [(name, "settings", "wrong", ", ".join(e.code for e in error.problems()))], list(error.problems())
    rows, errors = [], []
    for step in connections.check(adapter):
        rows.append((name, step.name, "ok" if step.ok else "wrong", step.seen))
        if step.error is not None:
            errors.append(step.error)
    return rows, errors


@click.command()
def adapters() -> None:
    """List the installed adapters; a broken plug-in is named and stops no other."""
    from ipvb_bridge.plugin import loading

    found = loading.find()
    rows = [
        (
            each.name,
            (each.adapter.kind or "any") if each.adapter else "-",
            each.distribution,
            "ok" if each.adapter else "broken",
            _first_line(each.adapter.__doc__) if each.adapter else "",
        )
        for each in found
    ]
    output.show_rows(("adapter", "kind", "distribution", "state", "what"), rows)
    for each in found:
        if each.error is not None:
            output.tell(each.error)


def _first_line(doc: str | None) -> str:
    return (doc or "").strip().partition("\n")[0]


@click.group(invoke_without_command=True)
@click.pass_context
def mappings(context: click.Context) -> None:
    """List codes without a mapping, with rows and amounts, and how complete each field is."""
    if context.invoked_subcommand is not None:
        return
    from ipvb_bridge.pipeline import inputs

    door: output.Door = context.obj
    configuration = door.configuration()
    with door.store(configuration) as store:
        mapped = inputs.read_mapped(configuration, store)
    if mapped.unmapped.height:
        output.show(mapped.unmapped, "codes without a mapping")
        click.echo("next: ipvb-bridge mappings suggest\n")
    else:
        click.echo("every code that was seen has a mapping\n")
    if mapped.unused.height:
        output.show(mapped.unused, "mapping rows that nothing uses")
    output.show(mapped.completeness, "completeness: where the values came from")


@mappings.command()
@click.option("--format", "form", type=click.Choice(["table", "csv"]), default="table", show_default=True)
@click.pass_obj
def suggest(door: output.Door, form: str) -> None:
    """Propose mapping rows by RGS code, likeness of names and number range; you decide."""
    from ipvb_bridge.pipeline import inputs

    configuration = door.configuration()
    with door.store(configuration) as store:
        proposals = inputs.suggest(configuration, store)
    output.write_frame(proposals, form)
    if form == "table":
        click.echo("copy the rows you agree with into mappings/*.csv; nothing was changed")


COMMANDS = (init, check, adapters, mappings)
