"""Plug-ins are found by entry point and loaded one by one; a broken one is named and stops no other."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ipvb_bridge.base.errors import ConfigurationError, RunError
from ipvb_bridge.plugin import loading

ADAPTER = """
from pydantic import BaseModel
from ipvb_bridge.plugin import Adapter, Batch, Offer, hookimpl

class Config(BaseModel):
    pass

class Mini(Adapter[Config]):
    \"\"\"A small adapter.\"\"\"
    name = "{name}"
    kind = "ecd"
    Config = Config
    def streams(self):
        return [Offer("units", "snapshot")]
    def check(self):
        return iter(())
    def pull(self, stream, window, cursor):
        yield Batch(complete=True)

@hookimpl
def {hook}():
    return [Mini]
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Put a distribution with one module and one entry point on the path."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(name: str, source: str) -> None:
        module = f"ipvb_test_{name}"
        (tmp_path / f"{module}.py").write_text(source)
        info = tmp_path / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[ipvb_bridge]\n{name} = {module}\n")
        sys.modules.pop(module, None)

    return make


def test_a_good_plugin_is_found_beside_a_broken_one(install) -> None:
    """One plug-in fails at import; the other is listed and usable all the same, and the error names its origin."""
    install("mini", ADAPTER.format(name="mini", hook="ipvb_adapters"))
    install("broken", "raise RuntimeError('no such library')")
    found = {each.name: each for each in loading.find()}
    assert found["mini"].adapter is not None
    assert found["broken"].adapter is None
    assert found["broken"].error is not None
    assert found["broken"].error.code == "A02"
    assert "ipvb_test_broken 1.0" in found["broken"].error.what("en")
    assert {"tables", "xaf", "mini", "broken"} <= set(loading.names())


def test_loading_one_imports_no_other(install) -> None:
    """Only the adapter that is asked for is imported."""
    install("mini", ADAPTER.format(name="mini", hook="ipvb_adapters"))
    install("other", ADAPTER.format(name="other", hook="ipvb_adapters"))
    assert loading.load("mini").name == "mini"
    assert "ipvb_test_other" not in sys.modules


def test_unknown_adapter_names_the_nearest() -> None:
    """A misspelt adapter is an error that names those installed and the likely one."""
    with pytest.raises(ConfigurationError) as caught:
        loading.load("tabels")
    assert caught.value.code == "A01"
    assert "tables" in caught.value.next_step("en")


def test_unknown_hook_is_refused(install) -> None:
    """A hook that the list does not have is a spelling mistake, and is said instead of ignored."""
    install("typo", ADAPTER.format(name="typo", hook="ipvb_adapter"))
    with pytest.raises(RunError) as caught:
        loading.load("typo")
    assert caught.value.code == "A02"


def test_entry_point_without_that_adapter(install) -> None:
    """An entry point whose plug-in offers another name is told with the names it does offer."""
    install("alias", ADAPTER.format(name="mini", hook="ipvb_adapters"))
    with pytest.raises(RunError) as caught:
        loading.load("alias")
    assert caught.value.code == "A03"
    assert "mini" in caught.value.what("nl")
