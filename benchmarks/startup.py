"""How long `ipvb-bridge --help` takes, beside a bare interpreter started in turn with it.

    python benchmarks/startup.py

Prints the medians in milliseconds and their ratio; seconds differ between machines, the ratio hardly does.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time

ROUNDS = 21
COMMANDS = {
    "bare interpreter": (sys.executable, "-c", "pass"),
    "ipvb-bridge --help": (sys.executable, "-c", "from ipvb_bridge.cli.main import run; run()", "--help"),
}


def spent(command: tuple[str, ...]) -> float:
    """Milliseconds from start to end of a process."""
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - begin) * 1000


def main() -> None:
    for command in COMMANDS.values():
        spent(command)  # the first time compiles the modules and reads them from disk
    rounds = [{name: spent(command) for name, command in COMMANDS.items()} for _ in range(ROUNDS)]
    middle = {name: statistics.median(each[name] for each in rounds) for name in COMMANDS}
    for name, milliseconds in middle.items():
        print(f"{name:<20} {milliseconds:6.0f} ms")
    bare, ours = middle.values()
    print(f"ratio {ours / bare:.1f}, median of {ROUNDS} rounds in turn, {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
