"""The command line: one command a function, grouped in modules by what people do; this file joins them.

Nothing heavy is imported here: every command imports what it needs when it runs, so that ``--help`` is quick.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ipvb_bridge import __version__
from ipvb_bridge.base.errors import BridgeError
from ipvb_bridge.cli import configure, data, figures, methods, norms, output, publishing, service


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="ipvb-bridge")
@click.option(
    "-C",
    "folder",
    type=click.Path(path_type=Path),
    default=Path(),
    metavar="DIR",
    help="The configuration folder (made by init); default the current one.",
)
@click.option("-v", "--verbose", is_flag=True, help="Write the log to standard error too.")
@click.pass_context
def cli(context: click.Context, folder: Path, verbose: bool) -> None:
    """Join the ECD, payroll and ledger of a nursing home; compute budgets and formation for iPVB.

    Start with `ipvb-bridge demo`, or `ipvb-bridge init DIR --template example`.

    Exit codes: 0 ok, 1 run failed, 2 usage, 3 configuration, 4 credentials, 5 peer unreachable, 6 data held back,
    7 waits for a signature.
    """
    context.obj = output.Door(folder, verbose)


for command in (
    *configure.COMMANDS,
    *data.COMMANDS,
    *figures.COMMANDS,
    *methods.COMMANDS,
    *norms.COMMANDS,
    *publishing.COMMANDS,
    *service.COMMANDS,
):
    cli.add_command(command)


def run() -> None:
    """The program's entry point: messages instead of tracebacks, and the exit codes of the design."""
    try:
        sys.exit(cli.main(standalone_mode=False) or 0)
    except BridgeError as error:
        output.tell(error)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped; what was not merged does not count", err=True)
        sys.exit(1)
    except BrokenPipeError:
        # The reader (head, less) has seen enough.
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:
        # The last door: a person gets a message, and the log the place in the program.
        output.tell(output.unexpected(error))
        sys.exit(1)


if __name__ == "__main__":
    run()
