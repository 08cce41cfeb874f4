"""What the demo's ECD was told stays, also when its process is killed before it says goodbye."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from ipvb_bridge.demo import ecd
from ipvb_bridge.demo.systems.fhir_store import Memory, Refusal

ROOT = Path(__file__).resolve().parents[2]
PATIENT = {"resourceType": "Patient", "id": "B1", "meta": {"versionId": "1", "lastUpdated": "2026-01-04T21:00:00.000Z"}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An ECD that holds one patient."""
    (tmp_path / "resources.json").write_text(json.dumps([PATIENT]))
    return tmp_path


def serve_and_die(folder: Path, *writes: str) -> None:
    """Serve in a process of its own that is gone, without a word, right after these lines of Python."""
    code = (
        "import os, httpx\nfrom pathlib import Path\nfrom ipvb_bridge.demo import ecd\n"
        f"with ecd.serve(Path({str(folder)!r})) as server:\n"
        "    ask = httpx.Client(headers={'Authorization': f'Bearer {server.token}'}, base_url=server.url)\n"
        + "".join(f"    {line}\n" for line in writes)
        + "    os._exit(9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=60)
    assert done.returncode == 9, done.stderr.decode()


TASK = "ask.post('/Task', json={'status': 'requested'}).raise_for_status()"


def test_a_killed_server_holds_what_it_said_yes_to(folder: Path) -> None:
    """Created, changed and deleted before the kill: so it stands after it, with versions; and again after a second."""
    serve_and_die(
        folder,
        TASK,
        "ask.put('/Patient/B1', json={'resourceType': 'Patient', 'id': 'B1', 'active': True}).raise_for_status()",
        "ask.post('/Task', json={'id': 'x', 'status': 'draft'})",
        "made = ask.get('/Task', params={'status': 'draft'}).json()['entry'][0]['resource']['id']",
        "ask.delete(f'/Task/{made}').raise_for_status()",
    )
    for _ in range(2):
        with ecd.serve(folder) as server:
            patient = server.memory.read("Patient", "B1").body
            assert patient is not None
            assert (patient["active"], patient["meta"]["versionId"]) == (True, "2")
            assert [each.body["status"] for each in server.memory.current["Task"].values() if each.body] == [
                "requested"
            ]
    assert not (folder / "written.jsonl").exists()
    serve_and_die(folder, TASK)
    serve_and_die(folder, TASK)
    with ecd.serve(folder) as server:
        assert len(server.memory.current["Task"]) == 3


def test_half_a_line_was_never_promised(folder: Path) -> None:
    """A line that the kill cut off is left out: nobody was told that it stands there."""
    serve_and_die(folder, TASK, TASK)
    written = folder / "written.jsonl"
    whole = written.read_bytes()
    assert whole.count(b"\n") == 2
    written.write_bytes(whole[:-20])
    with ecd.serve(folder) as server:
        assert len(server.memory.current["Task"]) == 1


def test_writes_behind_half_a_line_count(folder: Path) -> None:
    """Killed in the middle of a line, and killed again after a later write: that later write stands there."""
    serve_and_die(folder, TASK)
    written = folder / "written.jsonl"
    written.write_bytes(written.read_bytes()[:-20])
    serve_and_die(folder, TASK)
    with ecd.serve(folder) as server:
        assert len(server.memory.current["Task"]) == 1


def test_writing_is_cheap(folder: Path) -> None:
    """Each write adds its own line; the file of all records is not written again while the server runs."""
    before = os.stat(folder / "resources.json").st_mtime_ns
    with ecd.serve(folder) as server:
        head = {"Authorization": f"Bearer {server.token}"}
        for number in range(5):
            httpx.post(f"{server.url}/Task", json={"status": "requested"}, headers=head).raise_for_status()
            assert len((folder / "written.jsonl").read_text().splitlines()) == number + 1
        assert os.stat(folder / "resources.json").st_mtime_ns == before


def test_a_transaction_is_one_line_or_none() -> None:
    """All versions of a transaction are told together; one that is refused is not told."""
    told: list[list[str]] = []
    memory = Memory(kept_by=lambda versions: told.append([each.type for each in versions]))
    post = {"method": "POST", "url": "Task"}
    both = [
        {"resource": {"resourceType": "Binary"}, "request": {"method": "POST", "url": "Binary"}},
        {"resource": {"resourceType": "Task"}, "request": post},
    ]
    memory.transaction(both)
    refused = {"resource": {"resourceType": "Task"}, "request": {"method": "PATCH", "url": "Task/1"}}
    with pytest.raises(Refusal):
        memory.transaction([*both, refused])
    memory.put({"resourceType": "Task", "id": "1"})
    assert told == [["Binary", "Task"], ["Task"]]
    assert len(memory.current["Task"]) == 2
