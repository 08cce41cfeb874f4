"""An adapter that delivers what a test tells it to, registered like any plug-in."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from ipvb_bridge.base import settings
from ipvb_bridge.base.settings import Configuration
from ipvb_bridge.plugin import Adapter, Batch, CheckStep, Offer, Window, hookimpl


class Nothing(BaseModel):
    """No settings."""

    model_config = ConfigDict(extra="forbid")


Script = Callable[[str, Any], Iterator[Batch]]


class Scripted(Adapter[Nothing]):
    """Delivers what ``script`` yields; remembers what it was told to put away."""

    name = "scripted"
    kind = "ecd"
    Config = Nothing
    script: Script = staticmethod(lambda stream, cursor: iter([Batch(complete=True)]))
    offered: tuple[Offer, ...] = (Offer("units", "snapshot"),)
    put_away: list[tuple[str, Any]] = []  # noqa: RUF012  # the test reads what every instance was told
    archive_fails: bool = False

    def streams(self) -> tuple[Offer, ...]:
        return self.offered

    def check(self) -> Iterator[CheckStep]:
        raise ZeroDivisionError

    def pull(self, stream: str, window: Window, cursor: Any) -> Iterator[Batch]:
        yield from type(self).script(stream, cursor)

    def committed(self, stream: str, cursor: Any) -> None:
        if self.archive_fails:
            raise OSError
        self.put_away.append((stream, cursor))


@hookimpl
def ipvb_adapters() -> list[type[Adapter[Any]]]:
    return [Scripted]


@pytest.fixture
def scripted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> type[Scripted]:
    """The adapter class, installed as plug-in ``scripted``; set its class attributes with monkeypatch."""
    info = tmp_path / "site" / "ipvb_scripted-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ipvb-scripted\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[ipvb_bridge]\nscripted = ipvb_scripted\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.setitem(sys.modules, "ipvb_scripted", sys.modules[__name__])
    monkeypatch.setattr(Scripted, "put_away", [])
    return Scripted


@pytest.fixture
def configuration(tmp_path: Path, scripted: type[Scripted]) -> Configuration:
    """A folder with one connection ``ecd`` over the scripted adapter."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "bridge.toml").write_text(
        '[organisation]\nname = "Test"\n[connections.ecd]\nadapter = "scripted"\n', "utf-8"
    )
    return settings.load(folder)
