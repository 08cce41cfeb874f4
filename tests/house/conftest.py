"""A copy of the project and environments of its own, made once, so that no test touches the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("pyproject.toml", "README.md", "LICENSE", "constraints.txt", "ipvb_bridge", "plugins")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Downloading and installing takes as long as the network does."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(900))


def run(*command: str | Path, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program and hand over what it said; the caller judges the return code."""
    return subprocess.run(
        [str(each) for each in command],
        cwd=folder,
        env={**os.environ, "IPVB_BRIDGE_LANGUAGE": "en", **environment},
        capture_output=True,
        text=True,
        timeout=280,
    )


def must(*command: str | Path, folder: Path, **environment: str) -> str:
    """Run a program that has to succeed, and hand over its standard output."""
    done = run(*command, folder=folder, **environment)
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


@dataclass(frozen=True)
class Environment:
    """A virtual environment without pip; ours installs into it."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def program(self) -> Path:
        return self.folder / "bin" / "ipvb-bridge"

    def install(self, *what: str | Path) -> None:
        """Install with pip exactly what is named; its dependencies are there already."""
        must(
            *(sys.executable, "-m", "pip", "--python", self.python, "install", "--quiet", "--no-deps"),
            *("--no-build-isolation", "--no-compile", *what),
            folder=self.folder,
        )


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The parts of the project that make up the distribution, as they stand now."""
    folder = tmp_path_factory.mktemp("project")
    for name in PARTS:
        if (ROOT / name).is_dir():
            ignore = shutil.ignore_patterns("__pycache__", "*.egg-info", ".*", "*.db*")
            shutil.copytree(ROOT / name, folder / name, ignore=ignore)
        else:
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="session")
def wheel(copy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the copy."""
    folder = tmp_path_factory.mktemp("wheel")
    must(
        *(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, copy),
        folder=folder,
    )
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="session")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Environment]:
    """Make fresh environments that hold what the wheel says it needs, setuptools to build with, and nothing else.

    What it needs is downloaded once, from where pip is set up to look. Raises an assertion when the wheel forgot to
    name something: nothing of the environment in which these tests run is visible there.
    """
    shared = tmp_path_factory.mktemp("needs")
    with ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        metadata = HeaderParser().parsestr(archive.read(name).decode())
    needs = [each for each in metadata.get_all("Requires-Dist", []) if "extra ==" not in each]
    must(
        *(sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--target", shared),
        *("-c", ROOT / "constraints.txt", "setuptools>=77", *needs),
        folder=shared,
    )

    def make(purpose: str) -> Environment:
        folder = tmp_path_factory.mktemp(purpose) / "venv"
        venv.create(folder, with_pip=False, symlinks=True)
        (site,) = folder.glob("lib/python*/site-packages")
        # Setuptools' editable installs read this file's lines too; a plain path is all that is needed.
        (site / "needs.pth").write_text(f"{shared}\n")
        return Environment(folder)

    return make


@pytest.fixture(scope="session")
def installed(environment: Callable[[str], Environment], wheel: Path) -> Environment:
    """A fresh environment with the wheel in it."""
    made = environment("installed")
    made.install(wheel)
    return made
