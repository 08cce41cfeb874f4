"""The demo's ECD: FHIR over HTTP on loopback. What it holds is kept in one file between the runs.

What is written while it serves is added to a second file before it is answered, a line for each write: a demo that is
killed loses nothing that the ECD said yes to. The next run takes both together.
"""

from __future__ import annotations

import copy
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from ipvb_bridge.core.records import STREAMS as RECORDS
from ipvb_bridge.core.validation import check
from ipvb_bridge.demo import people
from ipvb_bridge.demo.house import MONTH_FIRST
from ipvb_bridge.demo.people import Row
from ipvb_bridge.demo.systems import fhir, fhir_resources
from ipvb_bridge.demo.systems.fhir_resources import Json
from ipvb_bridge.demo.systems.fhir_store import Memory, Version

Care = Mapping[str, Sequence[Row]]
"""The streams of the care file."""
FOLDER = "ecd"
STREAMS = ("units", "residents", "stays", "care_agreements")
"""The streams of the care file that FHIR R4 has records for."""
_RECORDS, _WRITTEN, _TOKEN, _URL = "resources.json", "written.jsonl", "token", "url"
_FILLED = "2026-01-04T21:00:00.000Z"
"""When everything of the first delivery was entered: before the first run, on whatever day that is."""


def there(folder: Path) -> bool:
    """True when records were laid out here."""
    return (folder / _RECORDS).is_file()


def first(folder: Path, care: Care) -> None:
    """The records of the first delivery. Deterministic; the token is made apart, when the server starts."""
    meta = {"versionId": "1", "lastUpdated": _FILLED}
    records = _records(care)
    _keep(folder, [{**each, "meta": meta} for each in records + _faults(records)])


def following(folder: Path, before: Care, now: Care) -> int:
    """Enter what changed since the delivery before, as the team would; gives the number of records."""
    old = {name: {tuple(row.items()) for row in before[name]} for name in STREAMS}
    changed = {name: [row for row in now[name] if tuple(row.items()) not in old[name]] for name in STREAMS}
    memory = _kept(folder)
    # Roles and relatives come along with every plan that names them.
    there = {(each["resourceType"], each["id"]) for each in memory.kept()}
    records = [
        each
        for each in _records(changed)
        if each["resourceType"] not in ("PractitionerRole", "RelatedPerson")
        or (each["resourceType"], each["id"]) not in there
    ]
    memory.load(records)
    _keep(folder, memory.kept())
    return len(records)


@contextmanager
def serve(folder: Path) -> Iterator[fhir.Simulated]:
    """Serve the records until the context ends, and keep them then. Address and token stand in ``folder``."""
    token = folder / _TOKEN
    if not token.exists():
        token.touch(mode=0o600)
        token.write_text(secrets.token_urlsafe(24) + "\n", "utf-8")
    memory = _kept(folder)
    with (
        (folder / _WRITTEN).open("a", encoding="utf-8") as written,
        fhir.serve(token=token.read_text("utf-8").strip(), memory=memory) as running,
    ):

        def note(versions: Sequence[Version]) -> None:
            written.write(_text([each.body or {"gone": [each.type, each.id]} for each in versions]) + "\n")
            written.flush()

        memory.kept_by = note
        (folder / _URL).write_text(f"{running.url}\n", "utf-8")
        try:
            yield running
        finally:
            memory.kept_by = lambda versions: None
            _keep(folder, memory.kept())


def _kept(folder: Path) -> Memory:
    memory = Memory()
    memory.restore(json.loads((folder / _RECORDS).read_text("utf-8")))
    written = folder / _WRITTEN
    if not written.is_file():
        return memory
    # What stands behind the last line end was cut off by the kill: nobody was told that it is there.
    for line in written.read_text("utf-8").split("\n")[:-1]:
        for body in json.loads(line):
            if "gone" in body:
                memory.delete(*body["gone"])
            else:
                memory.restore([body])
    # Nothing may be added behind half a line.
    _keep(folder, memory.kept())
    return memory


def _keep(folder: Path, records: list[Json]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    half = folder / f"{_RECORDS}.half"
    half.write_text(_text(records), "utf-8")
    half.replace(folder / _RECORDS)
    # Taken up again after a crash just here it changes nothing: each line says what stands there now.
    (folder / _WRITTEN).unlink(missing_ok=True)


def _text(records: list[Json]) -> str:
    return json.dumps(records, ensure_ascii=False, separators=(",", ":"))


def _records(care: Care) -> list[Json]:
    """Rows of the care file as FHIR records."""
    frames = {}
    for name in STREAMS:
        text = [{column: str(value) for column, value in row.items()} for row in care[name]]
        if text:
            checked = check(RECORDS[name], pl.DataFrame(text, infer_schema_length=None))
            assert checked.held.is_empty(), "faults come after"
            frames[name] = checked.rows
    return list(fhir_resources.resources(frames, people.bsn))


def _faults(records: list[Json]) -> list[Json]:
    """Plans that are held back (a level that does not exist, an end before the start, a visit of thirty hours), and
    plans that are noticed: of a patient who is not there, and without an activity.
    """
    model = next(
        each
        for each in records
        if each["resourceType"] == "CarePlan"
        and "end" not in each["period"]
        and each["activity"][0]["detail"].get("code", {}).get("coding", [{}])[0].get("code") == "VP03"
    )
    made = {id_: copy.deepcopy(model) | {"id": id_} for id_ in ("Z90001", "Z90002", "Z90003", "Z90004", "Z90005")}

    def detail(id_: str) -> Json:
        found: Json = made[id_]["activity"][0]["detail"]
        return found

    detail("Z90001")["extension"].append({"url": fhir_resources.EXTENSIONS["level"], "valueCode": "9"})
    ended = {"start": str(MONTH_FIRST), "end": "2025-11-20"}
    made["Z90002"]["period"] = ended
    detail("Z90002")["scheduledTiming"]["repeat"]["boundsPeriod"] = ended
    detail("Z90003")["scheduledTiming"]["repeat"]["duration"] = 1800
    made["Z90004"]["subject"] = {"reference": "Patient/B99999"}
    made["Z90005"]["activity"] = []
    return list(made.values())
