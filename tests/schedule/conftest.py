"""Both stores for the schedule's tests, and a configuration that schedules two connections and the cycle."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ipvb_bridge.base import settings
from ipvb_bridge.base.settings import Configuration
from tests.store.conftest import migrated_url, store, store_url

__all__ = ["migrated_url", "store", "store_url"]

Make = Callable[..., Configuration]


@pytest.fixture
def make(tmp_path: Path, store_url: str) -> Make:
    """``make(ecd="every 15m", payroll=None, extra="...")``: a folder whose connections have these schedules."""

    def folder(
        ecd: str | None = "every 15m", payroll: str | None = None, extra: str = "", more: str = ""
    ) -> Configuration:
        lines = ['[organisation]\nname = "Test"\n[database]', 'url = "${file:database-url}"', "[schedule]", extra]
        for name, rhythm in (("ecd", ecd), ("payroll", payroll)):
            lines += [f'[connections.{name}]\nadapter = "tables"\nkind = "{name}"']
            lines += [f'schedule = "{rhythm}"', more] if rhythm else []
            lines += ['settings = { path = "input" }']
        place = tmp_path / "folder"
        (place / "input").mkdir(parents=True, exist_ok=True)
        (place / "database-url").write_text(store_url, "utf-8")
        (place / "bridge.toml").write_text("\n".join(lines) + "\n", "utf-8")
        return settings.load(place)

    return folder
