"""Reading care agreements over FHIR: this adapter against bare paging, and its decoding against models that validate.

    python benchmarks/fhir.py                                  10,000 patients with 20 interventions each
    python benchmarks/fhir.py --patients 1000
    python benchmarks/fhir.py --models VENV/bin/python         also fhir.resources, from an environment of its own

The simulated ECD runs in a process of its own. Bare paging is the loop that anybody writes: with the same HTTP client
it asks for the same pages, reads each answer with the client's own ``json()``, and follows its next link; no sweep, no
rows. Two smaller bounds stand beside it: a loop that looks for nothing in a page but its next link, with the decoder
that the adapter has, and the adapter's own questions asked again without a look at the answers. All alternate; the
median counts. The simulated ECD answers a page of 200 in about half a millisecond; ``--latency 0.02`` lets it take the
time that a server with a database takes.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx
import msgspec

from ipvb_bridge.demo.systems.fhir import serve
from ipvb_bridge.demo.systems.fhir_resources import EXTENSIONS, ROLES, SYSTEM, VENDOR
from ipvb_bridge.plugin import Context, Window
from ipvb_ecd_fhir import model
from ipvb_ecd_fhir.adapter import Fhir
from ipvb_ecd_fhir.agreements import NUMBERS, SHORT, Agreements
from ipvb_ecd_fhir.notes import Notes
from ipvb_ecd_fhir.values import Columns, Reader

_MODELS = """
import json, sys, time
from fhir.resources.R4B.bundle import Bundle
pages = [open(name, "rb").read() for name in sys.argv[1:]]
Bundle.model_validate_json(pages[0])
begin = time.perf_counter()
for page in pages:
    Bundle.model_validate_json(page)
print(time.perf_counter() - begin)
"""


def plans(patients: int, each: int) -> list[dict[str, Any]]:
    """Invented interventions, with what the vendor keeps in extensions."""
    category = {"coding": [{"system": "http://snomed.info/sct", "code": "9632001", "display": "Nursing procedure"}]}
    days = [["mon", "wed", "fri"], ["tue", "thu"], None, None]
    made = []
    for who in range(patients):
        for number in range(each):
            start = f"2025-{1 + (who + number) % 12:02d}-{1 + who % 28:02d}"
            repeat: dict[str, Any] = {
                "boundsPeriod": {"start": start},
                "duration": 5 + number % 9 * 5,
                "durationUnit": "min",
                "frequency": 1 + number % 3,
                "period": 1,
                "periodUnit": "d" if days[number % 4] else "wk",
                "when": [("MORN", "AFT", "EVE", "NIGHT")[(who + number) % 4]],
            }
            if days[number % 4]:
                repeat["dayOfWeek"] = days[number % 4]
            level = ("1", "2", "3", "4", "6")[number % 5]
            made.append(
                {
                    "resourceType": "CarePlan",
                    "id": f"{who:05d}-{number:02d}",
                    "status": "active",
                    "intent": "plan",
                    "category": [category],
                    "subject": {"reference": f"Patient/R{who:05d}"},
                    "period": {"start": start},
                    "created": "2025-02-20",
                    "activity": [
                        {
                            "detail": {
                                "status": "in-progress",
                                "code": {"coding": [{"system": SYSTEM, "code": f"A{number:02d}"}]},
                                "description": f"Invented activity {number}, as written down for resident {who}",
                                "scheduledTiming": {"repeat": repeat},
                                "performer": [{"reference": f"PractitionerRole/level-{level}"}],
                                "extension": [
                                    {"url": EXTENSIONS["payer"], "valueCode": "wlz"},
                                    {"url": EXTENSIONS["care_function"], "valueCode": "personal_care"},
                                ],
                            }
                        }
                    ],
                }
            )
    return made


def simulated(patients: int, each: int, latency: float, line: Connection) -> None:
    """The server, until the line is closed; each answer takes at least ``latency`` seconds."""
    roles = [
        {"resourceType": "PractitionerRole", "id": code, "code": [{"coding": [{"system": VENDOR, "code": code}]}]}
        for code in ROLES.values()
    ]
    with serve([*roles, *plans(patients, each)]) as server:
        server.on_question = lambda question: time.sleep(latency)
        line.send((server.url, server.token))
        while line.recv() == "seen":
            line.send(list(server.seen))
            server.seen.clear()


def ours(url: str, token: str, size: int) -> tuple[float, int]:
    """Seconds and rows of a pull of care_agreements."""
    config = Fhir.Config.model_validate(
        {
            "url": url, "token": token, "page_size": size, "extensions": EXTENSIONS, "activity_systems": [SYSTEM],
            "levels": {code: level for level, code in ROLES.items()},
        }
    )  # fmt: skip
    adapter = Fhir(config, Context("ecd", Path()))
    begin = time.perf_counter()
    rows = sum(len(batch.rows) for batch in adapter.pull("care_agreements", Window(), None))
    took = time.perf_counter() - begin, rows
    adapter.server.session.close()
    return took


class _Link(msgspec.Struct):
    relation: str
    url: str


class _Links(msgspec.Struct):
    link: list[_Link]


def loop(
    url: str, token: str, size: int, links: Callable[[httpx.Response], list[tuple[str, str]]]
) -> tuple[float, int]:
    """Seconds and questions of paging along the next links, which ``links`` finds (relation, address)."""
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        begin, questions = time.perf_counter(), 0
        following = f"{url}/CarePlan?category=http://snomed.info/sct|9632001&_count={size}"
        while following:
            answer, questions = client.get(following), questions + 1
            following = next((address for relation, address in links(answer) if relation == "next"), "")
        return time.perf_counter() - begin, questions


def by_json(answer: httpx.Response) -> list[tuple[str, str]]:
    """The links of a page as the client's own ``json()`` gives them."""
    return [(each["relation"], each["url"]) for each in answer.json()["link"]]


def by_struct(answer: httpx.Response) -> list[tuple[str, str]]:
    """The links of a page, the rest of it unread."""
    return [(each.relation, each.url) for each in msgspec.json.decode(answer.content, type=_Links).link]


def unread(url: str, token: str, questions: list[str]) -> float:
    """Seconds of asking the same, one after the other, without a look at the answers."""
    origin = url.removesuffix("/fhir")
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        begin = time.perf_counter()
        for question in questions:
            method, path = question.split(" ", 1)
            assert client.request(method, origin + path).content
        return time.perf_counter() - begin


def decoding(url: str, token: str, size: int, python: str) -> None:
    """Decoding and turning into rows, in this process, of pages that are here already."""
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        pages = [client.get(f"{url}/CarePlan?_count={size}&_offset={at * size}").content for at in range(20)]
    volume = sum(map(len, pages)) / 1e6
    decoder = msgspec.json.Decoder(model.Bundle[model.CarePlan])
    config = Fhir.Config.model_validate({"url": url, "extensions": EXTENSIONS, "activity_systems": [SYSTEM]})
    turned, plain = [], []
    for _ in range(5):
        begin = time.perf_counter()
        found = [decoder.decode(page) for page in pages]
        plain.append(time.perf_counter() - begin)
        reader = Agreements(Reader(config, Context("ecd", Path()).time_zone), Notes("CarePlan"))
        rows = [row for page in found for entry in page.entry if entry.resource for row in reader.rows(entry.resource)]
        columns = Columns(SHORT, NUMBERS)
        columns.add(rows)
        reader.whole(columns.taken())
        turned.append(time.perf_counter() - begin)
    best = statistics.median(turned)
    print(f"decoding {volume:.1f} MB, {20 * size} plans: {statistics.median(plain):.3f} s; as a frame {best:.3f} s")
    begin = time.perf_counter()
    for page in pages:
        json.loads(page)
    print(f"json.loads alone: {time.perf_counter() - begin:.3f} s")
    if python:
        with tempfile.TemporaryDirectory() as folder:
            names = []
            for number, page in enumerate(pages):
                names.append(Path(folder) / f"{number}.json")
                names[-1].write_bytes(page)
            done = subprocess.run([python, "-c", _MODELS, *names], capture_output=True, text=True, check=True)
        seconds = float(done.stdout)
        print(f"fhir.resources (R4B): {seconds:.3f} s; ours, rows included, is "
              f"{seconds / best:.1f} times as fast")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", type=int, default=10_000)
    parser.add_argument("--each", type=int, default=20)
    parser.add_argument("--size", type=int, default=200, help="records a page")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that the server takes for each answer")
    parser.add_argument("--models", default="", help="a Python with fhir.resources")
    chosen = parser.parse_args()
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=simulated, args=(chosen.patients, chosen.each, chosen.latency, there), daemon=True
    )
    process.start()
    url, token = here.recv()
    seconds: dict[str, list[float]] = {"ours": [], "json": [], "link": [], "unread": []}
    for _ in range(chosen.runs):
        took, rows = ours(url, token, chosen.size)
        here.send("seen")
        questions = here.recv()
        bare, pages = loop(url, token, chosen.size, by_json)
        seconds["ours"].append(took)
        seconds["json"].append(bare)
        seconds["link"].append(loop(url, token, chosen.size, by_struct)[0])
        seconds["unread"].append(unread(url, token, questions))
        here.send("seen")
        here.recv()
    print(f"{rows:,} rows in {statistics.median(seconds['ours']):.2f} s, {chosen.latency} s an answer; "
          f"{len(questions)} requests, {len(questions) / pages:.2f} times the {pages} of bare paging")  # fmt: skip
    for name, what in (("json", "bare paging"), ("link", "a loop that decodes the links only"),
                       ("unread", "the same questions, answers unread")):  # fmt: skip
        ratio = statistics.median(one / other for one, other in zip(seconds["ours"], seconds[name], strict=True))
        print(f"{ratio:.2f} times {what} ({statistics.median(seconds[name]):.2f} s)")
    print(f"peak memory of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    decoding(url, token, chosen.size, chosen.models)
    here.send("stop")
    process.join(10)


if __name__ == "__main__":
    main()
