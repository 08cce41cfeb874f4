"""The worked example, calculated, with targets on the adapter ``peer`` and two people who sign."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ipvb_bridge.base import settings
from ipvb_bridge.base.settings import Configuration
from ipvb_bridge.core.periods import Period
from ipvb_bridge.pipeline import calculate, delivery, passphrases, planning, pull, signing
from ipvb_bridge.store import plans
from ipvb_bridge.store.database import Store, open_store
from tests.store.conftest import database_on

ROOT = Path(__file__).resolve().parents[2]
PERIOD = Period.parse("2026-01")
SENTENCE = "de kat krabt de krullen"
START = 1_800_000_000_000_000
"""The moment at which a test begins, epoch microseconds."""
HOUR = planning.HOUR

TARGETS = """
[connections.peer]
adapter = "peer"
settings = { path = "peer" }

[publish.signers.anna]
ssh_key = "KEY"
[publish.signers.bob]
passphrase = "${file:bob.argon2}"
[publish.signers.carla]
passphrase = "${file:carla.argon2}"

[publish.targets.statements]
connection = "peer"
kind = "resident_statement"
[publish.targets.talks]
connection = "peer"
kind = "monthly_conversation"
[publish.targets.roster]
connection = "peer"
kind = "roster"
"""


@dataclass
class Clock:
    """A clock that a test moves by hand."""

    moment: int = START

    def __call__(self) -> int:
        return self.moment

    def later(self, *, hours: float = 0, seconds: float = 0) -> None:
        self.moment += int(hours * HOUR + seconds * 10**6)


@dataclass
class House:
    """A configuration folder, its open store, and a clock."""

    folder: Path
    store: Store
    clock: Clock

    @property
    def configuration(self) -> Configuration:
        return settings.load(self.folder)

    @property
    def peer(self) -> Path:
        return self.folder / "peer"

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    def calculate(self) -> None:
        calculate.calculate(self.configuration, self.store, PERIOD)

    def plan(self, maker: str = "dick") -> planning.Planned:
        return planning.plan(self.configuration, self.store, PERIOD, maker=maker, moment=self.clock())

    def kept(self, maker: str = "dick") -> plans.Plan:
        made = self.plan(maker).plan
        assert made is not None
        return made

    def anna(self, plan: plans.Plan) -> list[plans.Signature]:
        armored = signing.ssh_signature(plan, self.folder / "anna")
        return signing.with_ssh(self.configuration, self.store, plan, "anna", armored, self.clock)

    def bob(self, plan: plans.Plan, sentence: str = SENTENCE) -> list[plans.Signature]:
        return signing.with_passphrase(self.configuration, self.store, plan, "bob", sentence, self.clock)

    def signed(self) -> plans.Plan:
        made = self.kept()
        self.anna(made)
        self.bob(made)
        return made

    def send(self) -> delivery.Sent:
        return delivery.send(self.configuration, self.store, clock=self.clock)

    def faults(self, *faults: str) -> None:
        self.peer.mkdir(exist_ok=True)
        (self.peer / "faults").write_text("\n".join(faults), "utf-8")

    def effects(self) -> list[str]:
        path = self.peer / "effects"
        return path.read_text("utf-8").splitlines() if path.exists() else []

    def child(self, code: str, **environment: str) -> int:
        """Run code in a process of its own, with ``house`` opened there; gives its return code."""
        head = (
            "from pathlib import Path\nfrom tests.pipeline.publishing import *\n"
            f"folder = Path({str(self.folder)!r})\n"
            f"house = House(folder, open_store({self.store.url.render_as_string(hide_password=False)!r}), "
            f"Clock({self.clock.moment}))\n"
        )
        path = os.pathsep.join((str(ROOT), str(self.folder.parent / "site")))
        env = {**os.environ, "PYTHONPATH": path, **environment}
        done = subprocess.run([sys.executable, "-c", head + code], env=env, cwd=ROOT, timeout=120, capture_output=True)
        assert done.returncode in (0, 9), done.stderr.decode()
        return done.returncode


@pytest.fixture(scope="session")
def calculated(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, pulled and calculated once, with targets and signers."""
    folder = tmp_path_factory.mktemp("publishing") / "folder"
    shutil.copytree(example, folder)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(folder / "anna")], check=True)
    with pytest.MonkeyPatch.context() as quick:
        # The weakest that is accepted: these tests hash often.
        quick.setattr(passphrases, "MEMORY_KIB", passphrases.WEAKEST_KIB)
        quick.setattr(passphrases, "PASSES", 2)
        for name, sentence in (("bob", SENTENCE), ("carla", "een heel andere zin")):
            (folder / f"{name}.argon2").write_text(passphrases.hashed(sentence) + "\n", "utf-8")
    bridge = folder / "bridge.toml"
    own = bridge.read_text("utf-8")
    key = (folder / "anna.pub").read_text("utf-8").strip()
    with open_store(f"sqlite:///{folder / 'bridge.db'}") as store:
        loaded = settings.load(folder)
        for name in loaded.bridge.connections:
            assert all(each.error is None for each in pull.pull(loaded, store, name))
        calculate.calculate(loaded, store, PERIOD)
    bridge.write_text(own + TARGETS.replace("KEY", key), "utf-8")
    return folder


@pytest.fixture
def postgresql_house(calculated: Path, tmp_path: Path, peer: None, postgres_url: str) -> Iterator[House]:
    """The same on PostgreSQL, pulled and calculated there."""
    folder = Path(shutil.copytree(calculated, tmp_path / "folder"))
    with open_store(database_on(postgres_url), folder=tmp_path / "data") as store:
        house = House(folder, store, Clock())
        for name in ("ecd", "payroll", "ledger"):
            assert all(each.error is None for each in pull.pull(house.configuration, store, name))
        house.calculate()
        yield house


@pytest.fixture
def peer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The adapter ``peer``, installed as a plug-in."""
    info = tmp_path / "site" / "ipvb_peer-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ipvb-peer\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[ipvb_bridge]\npeer = tests.pipeline.peer\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))


@pytest.fixture
def house(calculated: Path, tmp_path: Path, peer: None) -> Iterator[House]:
    """A copy of the calculated example that a test may change."""
    folder = Path(shutil.copytree(calculated, tmp_path / "folder"))
    with open_store(f"sqlite:///{folder / 'bridge.db'}", folder=tmp_path / "data") as store:
        yield House(folder, store, Clock())
