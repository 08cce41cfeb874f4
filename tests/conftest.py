"""Fixtures that tests of several rooms share."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["tests.fixtures_postgres", "tests.fixtures_sekmet", "tests.fixtures_sshd"]

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Schemas and sample files of others, kept beside the project; a test that needs them is skipped without."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("sample files of others are not here: ../shared/data")
    return folder


@pytest.fixture(scope="session")
def example() -> Path:
    """The worked example: input/*.csv, mappings/, norms/, method.toml."""
    return ROOT / "ipvb_bridge" / "cli" / "templates" / "example"
