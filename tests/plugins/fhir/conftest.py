"""What the tests of the adapter share: a simulated server, and a connection that reads and writes it."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ipvb_bridge.base.errors import BridgeError
from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.core.validation import Checked, check
from ipvb_bridge.demo.systems.fhir import Simulated, serve
from ipvb_bridge.demo.systems.fhir_resources import EXTENSIONS, ROLES, SYSTEM
from ipvb_bridge.plugin import Batch, Context, Window
from ipvb_ecd_fhir.adapter import Fhir

CATEGORY = {"coding": [{"system": "http://snomed.info/sct", "code": "9632001"}]}


def plan(id_: str, *activities: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """An active care plan of resident R1 from 1 January 2026."""
    whole = {
        "resourceType": "CarePlan",
        "id": id_,
        "status": "active",
        "intent": "plan",
        "category": [CATEGORY],
        "subject": {"reference": "Patient/R1"},
        "period": {"start": "2026-01-01"},
        "activity": [{"detail": {"status": "in-progress", **each}} for each in activities or ({},)],
    } | changes
    return {name: value for name, value in whole.items() if value is not None}


def patient(id_: str, **changes: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": id_} | changes


def repeat(**elements: Any) -> dict[str, Any]:
    """An activity with this schedule."""
    return {"scheduledTiming": {"repeat": elements}}


def canonical(example: Path) -> dict[str, pl.DataFrame]:
    """The streams of the worked example, typed, as far as FHIR carries them."""
    names = ("units", "residents", "stays", "care_agreements", "care_deliveries")
    made = {}
    for name in names:
        file = example / "input" / f"{name}.csv"
        if file.is_file():
            with file.open(encoding="utf-8", newline="") as opened:
                rows = list(csv.DictReader(opened))
            if rows:
                checked = check(STREAMS[name], pl.DataFrame(rows, infer_schema_length=None))
                assert checked.held.is_empty()
                made[name] = checked.rows.drop("_position")
    return made


@dataclass
class Pulled:
    """All batches of one pull, and their rows after the gate."""

    stream: str
    batches: Sequence[Batch]

    @property
    def last(self) -> Batch:
        return self.batches[-1]

    @property
    def raw(self) -> pl.DataFrame:
        return pl.concat([each.rows for each in self.batches if isinstance(each.rows, pl.DataFrame)])

    @property
    def checked(self) -> Checked:
        return check(STREAMS[self.stream], self.raw)

    @property
    def rows(self) -> pl.DataFrame:
        return self.checked.rows.drop("_position").sort(STREAMS[self.stream].key)

    def ids(self) -> list[str]:
        return sorted(self.raw[STREAMS[self.stream].key[0]])

    def deleted(self) -> list[str]:
        return sorted(key for batch in self.batches for key in batch.deleted)

    def one(self, id_: str) -> dict[str, Any]:
        """One raw row, by its key."""
        (found,) = self.raw.filter(pl.col(STREAMS[self.stream].key[0]) == id_).rows(named=True)
        return found

    def findings(self) -> dict[str, str]:
        return {each.rule: each.explanation for batch in self.batches for each in batch.findings}


@dataclass
class Connection:
    """A connection to a server; remembers cursors and what is current, as the program would."""

    adapter: Fhir
    cursors: dict[str, Mapping[str, Any] | None]
    current: dict[str, set[str]]

    def pull(self, stream: str) -> Pulled:
        pulled = Pulled(stream, list(self.adapter.pull(stream, Window(), self.cursors.get(stream))))
        assert pulled.last.complete
        assert not any(each.complete for each in pulled.batches[:-1])
        self.cursors[stream] = pulled.last.cursor
        ids = set(pulled.ids())
        assert len(ids) == len(pulled.ids()), "a key is delivered once"
        if self.adapter.config.of_stream(stream) == "snapshot":
            self.current[stream] = ids
        else:
            self.current[stream] = (self.current.get(stream, set()) | ids) - (set(pulled.deleted()) - ids)
        return pulled

    def refused(self, stream: str) -> BridgeError:
        """Pull what has to fail; nothing of it may be called complete."""
        batches: list[Batch] = []
        with pytest.raises(BridgeError) as caught:
            batches.extend(self.adapter.pull(stream, Window(), self.cursors.get(stream)))
        assert not any(each.complete for each in batches)
        return caught.value


Connect = Callable[..., Connection]


@pytest.fixture
def server() -> Iterator[Simulated]:
    """A simulated ECD with two residents and nothing else."""
    with serve([patient("R1"), patient("R2")]) as running:
        yield running


@pytest.fixture
def connect(server: Simulated, tmp_path: Path) -> Iterator[Connect]:
    """`connect(**settings)`: a connection to the simulated server, which repeats nothing unless asked."""
    made: list[Fhir] = []

    def make(**settings: Any) -> Connection:
        whole = {"url": server.url, "token": server.token, "retries": 0, "timeout_seconds": 5} | settings
        config = Fhir.Config.model_validate({name: value for name, value in whole.items() if value is not None})
        made.append(Fhir(config, Context("ecd", tmp_path)))
        return Connection(made[-1], {}, {})

    yield make
    for each in made:
        each.server.session.close()


def of_the_demo() -> dict[str, Any]:
    """Settings that read what the simulated vendor keeps in extensions."""
    return {
        "extensions": EXTENSIONS,
        "activity_systems": [SYSTEM],
        "levels": {code: level for level, code in ROLES.items()},
    }
