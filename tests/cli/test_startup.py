"""Start-up: what the program loads before it knows what is asked."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = (
    "alembic",
    "apscheduler",
    "holidays",
    "httpx",
    "jinja2",
    "keyring",
    "lxml",
    "numpy",
    "paramiko",
    "polars",
    "psycopg",
    "pydantic",
    "rich",
    "sqlalchemy",
    "structlog",
)
PROBE = """
import json, sys
sys.argv = ["ipvb-bridge", *sys.argv[1:]]
from ipvb_bridge.cli.main import run
try:
    run()
except SystemExit as end:
    code = end.code or 0
sys.stderr.write(json.dumps([code, sorted({name.partition(".")[0] for name in sys.modules})]))
"""


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["pull", "--help"], ["init", "--help"]], ids=" ".join)
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    """Asking for help loads no data frame, database, network or web library, in a process of its own."""
    done = subprocess.run([sys.executable, "-c", PROBE, *arguments], capture_output=True, text=True, timeout=60)
    code, loaded = json.loads(done.stderr)
    assert code == 0
    assert "ipvb-bridge" in done.stdout
    assert "click" in loaded
    assert [name for name in HEAVY if name in loaded] == []
