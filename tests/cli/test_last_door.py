"""The last door: what nobody foresaw still becomes a message, an exit code and a place in the log."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

BROKEN = """
import sys
from ipvb_bridge.cli.main import run
from ipvb_bridge.plugin import loading

def find():
    return 1 // 0

loading.find = find
sys.argv = ["ipvb-bridge", "adapters"]
run()
"""


def test_the_unexpected_is_a_message_and_no_traceback(tmp_path: Path) -> None:
    """An error that nobody foresaw ends with A90, its kind and a next step; no traceback, and exit code 1."""
    done = subprocess.run(
        [sys.executable, "-c", BROKEN],
        cwd=tmp_path,
        env={**os.environ, "IPVB_BRIDGE_LANGUAGE": "en"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "A90" in done.stderr
    assert "ZeroDivisionError" in done.stderr
    assert "->" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_an_unknown_command_is_a_matter_of_use(tmp_path: Path) -> None:
    """A word that is no command or option gives exit code 2 and says where the help is."""
    for words in (["pul"], ["pull", "--fast"]):
        done = subprocess.run(
            [sys.executable, "-m", "ipvb_bridge.cli.main", *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 2
        assert "--help" in done.stderr or "-h" in done.stderr
