"""The key of a person from the BSN of a patient: only when it is asked for, and the BSN itself goes nowhere."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ipvb_bridge.base.errors import ConfigurationError
from ipvb_bridge.demo.systems.fhir import Simulated
from ipvb_bridge.plugin import Context, pseudonyms
from ipvb_bridge.plugin import messages as plugin_messages
from ipvb_ecd_fhir import messages
from ipvb_ecd_fhir.adapter import Fhir
from tests.plugin.test_bsn import INVENTED

from .conftest import Connect, Connection, patient

OF = pseudonyms.keyed(lambda: b"0123456789abcdef" * 2)
SYSTEM = "http://fhir.nl/fhir/NamingSystem/bsn"


def known_as(*values: str, system: str = SYSTEM) -> dict[str, object]:
    return {"identifier": [{"system": system, "value": each} for each in values]}


@pytest.fixture
def with_key(server: Simulated, tmp_path: Path) -> Iterator[Connect]:
    """`with_key(**settings)`: a connection of an organisation that has a key for pseudonyms."""
    made: list[Fhir] = []

    def make(**settings: Any) -> Connection:
        config = Fhir.Config.model_validate({"url": server.url, "token": server.token, "retries": 0} | settings)
        made.append(Fhir(config, Context("ecd", tmp_path, pseudonym=OF)))
        return Connection(made[-1], {}, {})

    yield make
    for each in made:
        each.server.session.close()


def test_a_patient_gets_the_key_of_the_person(
    server: Simulated, with_key: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    """One key a BSN, however it is written; without one BSN that fits: none, and a finding. No BSN is told on."""
    caplog.set_level(logging.DEBUG)
    first, second = (str(each) for each in INVENTED[:2])
    wrong = str(INVENTED[0] + 1)
    server.memory.load(
        [
            patient("R1", **known_as(first, f"{first[:4]}.{first[4:]}")),
            patient("R2", **known_as(wrong)),
            patient("R3", **known_as(first, second)),
            patient("R4", **known_as(second, system="urn:other")),
            patient("R5", **known_as(second)),
        ]
    )
    pulled = with_key(person_key=True).pull("residents")
    keys = {id_: pulled.one(id_)["person_key"] for id_ in pulled.ids()}
    assert keys == {"R1": OF(first), "R2": None, "R3": None, "R4": None, "R5": OF(second)}
    assert pulled.checked.held.is_empty()
    told = pulled.findings()[messages.NO_BSN.code]
    assert told.startswith("3 ")
    assert all(f"Patient/{id_}" in told for id_ in ("R2", "R3", "R4"))
    everything = [pulled.raw.write_json(), str(pulled.last), str(pulled.findings()), caplog.text, *server.seen]
    assert not any(bsn in each for each in everything for bsn in (first, second, wrong))


def test_no_key_unless_it_is_asked_for(server: Simulated, connect: Connect, with_key: Connect) -> None:
    """Off by default: the column stays empty, and the offer says that the source lacks it."""
    server.memory.load([patient("R1", **known_as(str(INVENTED[0])))])
    for connection in (connect(), with_key()):
        assert connection.pull("residents").raw["person_key"].null_count() == 2
        (offer,) = (each for each in connection.adapter.streams() if each.stream == "residents")
        assert "person_key" in offer.lacks
    (offer,) = (each for each in connect(person_key=True).adapter.streams() if each.stream == "residents")
    assert "person_key" not in offer.lacks


def test_without_a_key_of_the_organisation_the_check_says_so(connect: Connect, with_key: Connect) -> None:
    """Asked for and not possible: the check names the setting, and a pull delivers nothing."""
    steps = list(connect(person_key=True).adapter.check())
    assert (steps[-1].name, steps[-1].ok) == ("person key", False)
    assert steps[-1].error is not None
    assert steps[-1].error.message is plugin_messages.NO_PSEUDONYM_KEY
    error = connect(person_key=True).refused("residents")
    assert isinstance(error, ConfigurationError)
    assert [each.ok for each in with_key(person_key=True).adapter.check() if each.name == "person key"]


def test_another_writing_of_one_bsn_is_still_one_person(server: Simulated, connect: Connect) -> None:
    """Two records of a person are seen although one of them writes the number with points."""
    bsn = str(INVENTED[0])
    server.memory.load([patient("R1", **known_as(bsn)), patient("R9", **known_as(f"{bsn[:4]}.{bsn[4:6]}.{bsn[6:]}"))])
    assert "R1 = R9" in connect().pull("residents").findings()[messages.TWO_RECORDS.code]
