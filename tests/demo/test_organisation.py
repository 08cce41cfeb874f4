"""The invented organisation: the same every time, nobody's, and plausible."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
import shutil
import tomllib
from pathlib import Path

import pytest

from ipvb_bridge.base import settings
from ipvb_bridge.core.norm_records import NORM_TABLES
from ipvb_bridge.core.records import MAPPINGS, STREAMS
from ipvb_bridge.core.settings import MethodSettings
from ipvb_bridge.demo import deliveries, house, keys, organisation, pay, people, staff
from ipvb_bridge.demo.systems import fhir_resources

ROOT = Path(__file__).resolve().parents[2]
RESOURCES = "resources.json"


@pytest.fixture(scope="module")
def systems(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("systems")
    deliveries.first(folder)
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_two_makings_are_equal_to_the_byte(systems: Path, tmp_path: Path) -> None:
    """The same files come out again, byte for byte, also when everything is computed anew."""
    for made in (organisation._people, organisation._year):
        made.cache_clear()
    deliveries.first(tmp_path)
    assert files(tmp_path) == files(systems)


def test_size_is_as_promised() -> None:
    """Three locations, twelve departments, about 300 residents and 350 to 400 employees, 8 to 14 agreements each."""
    care = organisation.care_file(1)
    kinds = [row["kind"] for row in care["units"]]
    assert (kinds.count("location"), kinds.count("department")) == (3, 12)
    living = {row["resident_id"] for row in care["stays"] if not row["end_date"]}
    assert 290 <= len(living) <= 310
    agreed = [row["resident_id"] for row in care["care_agreements"] if row["resident_id"] in living]
    assert 8 <= len(agreed) / len(living) <= 14
    assert 340 <= len(organisation.payroll()["contracts"]) <= 410


def test_the_connection_is_told_what_the_vendor_does() -> None:
    """Extensions, code system and levels in bridge.toml are those that the simulated ECD writes."""
    written = tomllib.loads((organisation.CONFIGURATION / "bridge.toml").read_text("utf-8"))
    told = written["connections"]["zorgdossier"]["settings"]
    assert told["extensions"] == fhir_resources.EXTENSIONS
    assert told["activity_systems"] == [fhir_resources.SYSTEM]
    assert told["levels"] == {code: level for level, code in fhir_resources.ROLES.items()}


def test_no_number_could_be_a_bsn_of_somebody(systems: Path) -> None:
    """What passes the eleven test in a delivered file is of a range that is given out to nobody, and stands only with
    patients and in the indications of the office.
    """
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    for name, content in files(systems).items():
        # Amounts have a decimal point; an id has none.
        for found in re.findall(rb"(?<![0-9.])[0-9]{8,9}(?![0-9.])", content):
            digits = found.decode().zfill(9)
            if name == f"ecd/{RESOURCES}" or "/indications_" in name:
                assert digits >= "999990000", name
                continue
            assert sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11, (name, digits)


def test_nobody_has_a_name() -> None:
    """Residents have no name and no date of birth, conversations no note."""
    care = organisation.care_file(1)
    assert {(row["name"], row["date_of_birth"]) for row in care["residents"]} == {("", "")}
    assert {row["note"] for row in care["conversations"]} == {""}


def test_every_tariff_is_marked_fictional() -> None:
    """Each row of the demo's tariffs names its source as fictional."""
    with (organisation.CONFIGURATION / "norms" / "tariffs.csv").open(encoding="utf-8", newline="") as file:
        assert {row["source"] for row in csv.DictReader(file)} == {"fictional"}


def test_files_have_the_canonical_columns(systems: Path) -> None:
    """Each file's header is the stream's columns in order, and each has its done-marker."""
    found = list((systems / "sftp").rglob("*.csv"))
    assert len(found) == 5 + 1 + 2 * 12
    for path in found:
        stream = re.split(r"_\d{4}-", path.name)[0]
        columns = deliveries.COLUMNS.get(stream, STREAMS[stream].names)
        assert path.read_text("utf-8").partition("\n")[0] == ",".join(columns)
        assert path.with_name(path.name + ".done").is_file()


def test_a_later_delivery_holds_only_what_changed(systems: Path, tmp_path: Path) -> None:
    """Five agreements and one new resident: one file comes, the ECD has their records, and every other row stays."""
    before, after = organisation.care_file(1), organisation.care_file(2)
    shutil.copytree(systems / "ecd", tmp_path / "ecd")
    names, records = deliveries.following(tmp_path, 2)
    assert names == ["indications_2026-01-06.csv"]
    was, now = (
        {(each["resourceType"], each["id"]): each for each in json.loads((folder / "ecd" / RESOURCES).read_text())}
        for folder in (systems, tmp_path)
    )
    touched = [key for key in now if now[key] != was.get(key)]
    assert len(touched) == records
    assert [now[key]["meta"]["versionId"] for key in touched].count("2") == organisation.CHANGED
    old = {str(row["agreement_id"]): row for row in before["care_agreements"]}
    new = {str(row["agreement_id"]): row for row in after["care_agreements"]}
    changed = [key for key in old if new.get(key) != old[key]]
    assert len(changed) == organisation.CHANGED
    newcomer = {row["resident_id"] for row in after["residents"]} - {row["resident_id"] for row in before["residents"]}
    assert len(newcomer) == 1
    assert {new[key]["resident_id"] for key in new.keys() - old.keys()} == newcomer


def test_entries_balance_and_tie_to_payroll() -> None:
    """Every entry adds up to zero; ledger wages are the payroll cost in each month but two, which are explained."""
    entries = organisation.ledger()
    assert len(entries) > 500
    assert [entry.number for entry in entries if sum(line.cents for line in entry.lines)] == []
    contracts = organisation._year().contracts
    differences = {}
    for number, month in enumerate(pay.MONTHS, 1):
        booked = sum(
            line.cents
            for entry in entries
            if entry.period == number
            for line in entry.lines
            if "4000" <= line.account_id <= "4199"
        )
        paid = sum(sum(pay.month_cost(each, month).values()) for each in contracts if each.employment != "hired")
        if booked != paid:
            differences[number] = booked - paid
    assert differences == {3: 481250, 12: -215000}


def test_nobody_works_two_shifts_that_overlap() -> None:
    """Shifts of one contract never overlap: the hours are believable."""
    shifts: dict[object, list[tuple[str, str]]] = {}
    for row in organisation._year().hours:
        if row["kind"] == "GEW":
            start, end = (dt.datetime.fromisoformat(str(row[name])).astimezone(dt.UTC) for name in ("start", "end"))
            shifts.setdefault(row["contract_id"], []).append((start, end))
    overlaps = sum(
        later[0] < earlier[1]
        for own in shifts.values()
        for earlier, later in zip(sorted(own), sorted(own)[1:], strict=False)
    )
    assert overlaps == 0


def test_faults_are_few_and_named(systems: Path) -> None:
    """The ECD holds the faults that the demo shows, beside the care file's own: five plans that no nurse entered so."""
    plans = [each for each in json.loads((systems / "ecd" / RESOURCES).read_text()) if each["id"].startswith("Z9")]
    assert [each["id"] for each in plans] == ["Z90001", "Z90002", "Z90003", "Z90004", "Z90005"]
    assert plans[1]["period"]["end"] < plans[1]["period"]["start"]
    assert plans[3]["subject"]["reference"] == "Patient/B99999"
    assert not [
        row for row in organisation.care_file(1)["care_agreements"] if str(row["agreement_id"]).startswith("Z9")
    ]


def test_who_signs_has_a_key_of_their_own(tmp_path: Path) -> None:
    """Each signer has another pair, kept for the next run, the private half for its owner alone."""
    keys.prepare(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    keys.prepare(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert set(before) == {"anna", "anna.pub", "bram", "bram.pub", keys.PSEUDONYMS}
    assert before["anna.pub"].split()[1] != before["bram.pub"].split()[1]
    assert {(tmp_path / name).stat().st_mode & 0o077 for name in (*keys.SIGNERS, keys.PSEUDONYMS)} == {0}


def test_configuration_is_valid_and_as_the_generator_reckons(tmp_path: Path) -> None:
    """bridge.toml and method.toml are read without a complaint; the generator's direct shares are the method's."""
    shutil.copy(organisation.CONFIGURATION / "bridge.toml", tmp_path)
    keys.prepare(tmp_path / "systems" / keys.FOLDER)
    signers = settings.load(tmp_path).bridge.publish.signers
    assert set(signers) == set(keys.SIGNERS)
    assert all(str(each.ssh_key).startswith("ssh-ed25519 ") for each in signers.values())
    method = MethodSettings.model_validate(
        tomllib.loads((organisation.CONFIGURATION / "method.toml").read_text("utf-8"))
    )
    assert {level: float(share) for level, share in method.direct_share.items()} == staff.DIRECT_SHARE
    assert str(method.period) == house.MONTH
    known = {f"mappings/{name}.csv" for name in MAPPINGS} | {f"norms/{name}.csv" for name in NORM_TABLES}
    there = {str(path.relative_to(organisation.CONFIGURATION)) for path in organisation.CONFIGURATION.rglob("*.csv")}
    assert there <= known


def test_config_folder_is_the_demos() -> None:
    """config/, the example to copy, holds the demo's configuration file for file and letter for letter."""
    for name, content in files(organisation.CONFIGURATION).items():
        assert (ROOT / "config" / name).read_bytes() == content, name


def test_each_resident_lives_in_one_place_a_day() -> None:
    """Stays of one resident follow each other without overlap; who moves goes on the next day."""
    moved = [each for each in people.residents() if len(each.stays) > 1]
    assert len(moved) == 4
    for each in moved:
        for (_, _, end), (_, start, _) in zip(each.stays, each.stays[1:], strict=False):
            assert end is not None
            assert start - end == dt.timedelta(days=1)


def test_streams_match_json_free_of_floats() -> None:
    """Amounts and minutes are written as whole numbers or plain decimals: no exponent, no binary tail."""
    text = json.dumps([row["amount"] for row in organisation.payroll()["wages"]])
    assert re.fullmatch(r'\[("\d+\.\d{2}"(, )?)+\]', text)
