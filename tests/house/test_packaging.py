"""The wheel holds everything the program needs at run time, once, and nothing else."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from zipfile import ZipFile

import pytest

from .conftest import ROOT


@pytest.fixture(scope="module")
def names(wheel: Path) -> list[str]:
    with ZipFile(wheel) as archive:
        return archive.namelist()


def test_every_package_is_in_the_wheel_once(names: list[str]) -> None:
    """The program and each adapter of plugins/ stand at the top of the wheel, each file under one name only."""
    adapters = [folder.name for folder in ROOT.glob("plugins/*/ipvb_*")]
    assert {"ipvb_tables", "ipvb_ledger_xaf"} <= set(adapters)
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"ipvb_bridge", *adapters}
    for package in adapters:
        assert [name for name in names if name.endswith(f"{package}/__init__.py")] == [f"{package}/__init__.py"]
    assert max(Counter(names).values()) == 1


def test_the_wheel_holds_every_file_of_the_packages(names: list[str], copy: Path) -> None:
    """Templates, migrations, report templates and the worked example are inside: nothing stays behind."""
    roots = [copy, *(copy / "plugins").iterdir()]
    expected = {
        path.relative_to(root).as_posix()
        for root in roots
        for package in root.glob("ipvb_*/")
        for path in package.rglob("*")
        if path.is_file() and package.suffix != ".egg-info"  # that one is left by the build
    }
    assert any(name.startswith("ipvb_bridge/store/migrations/versions/") for name in expected)
    assert {"ipvb_bridge/reports/templates/page.css", "ipvb_bridge/py.typed"} <= expected
    assert {"ipvb_bridge/cli/templates/example/bridge.toml"} <= expected
    assert {name for name in names if ".dist-info/" not in name} == expected


def test_every_adapter_has_an_entry_point(names: list[str], wheel: Path) -> None:
    """An adapter folder without its line in pyproject.toml would be dead weight; one with it is found by name."""
    points = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["ipvb_bridge"]
    assert sorted(points.values()) == sorted(folder.name for folder in ROOT.glob("plugins/*/ipvb_*"))
    (written,) = (name for name in names if name.endswith("entry_points.txt"))
    with ZipFile(wheel) as archive:
        text = archive.read(written).decode()
    assert all(f"{name} = {package}" in text for name, package in points.items())


def test_the_licence_travels_along(names: list[str]) -> None:
    """The wheel carries the Apache-2.0 text."""
    assert any(name.endswith("dist-info/licenses/LICENSE") for name in names)
