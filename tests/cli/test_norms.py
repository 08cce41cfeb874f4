"""The commands `norms` and `tariffs import`, from a folder to a file."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import openpyxl
import pytest

from ipvb_bridge.base.errors import ConfigurationError
from ipvb_bridge.core.norm_records import NORM_TABLES, SHIPPED
from tests.cli.test_instruments import refused, run

LIST = (
    "Zorgprofiel;Leveringsvorm;Behandeling;Dagbesteding;Tarief 2027",
    "4VV;verblijf;nee;nee;190,00",
    "5VV;verblijf;ja;ja;310,15",
    "2VG;verblijf;ja;ja;310,15",
)


@pytest.fixture(scope="module")
def pulled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The worked example, pulled once."""
    folder = tmp_path_factory.mktemp("norms") / "folder"
    for words in (("init", str(folder), "--template", "example"), ("pull",)):
        run(folder, *words)
    return folder


@pytest.fixture
def own(pulled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pulled, tmp_path / "own"))


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    path = tmp_path / "lijst.csv"
    path.write_text("\n".join(LIST), "utf-8")
    return path


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "norms" / "tariffs.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("template", ["empty", "example"])
def test_a_new_folder_has_the_public_norms(tmp_path: Path, template: str) -> None:
    """`init` lays out every norm table: the public ones with their rows, the others with a heading only."""
    folder = tmp_path / "new"
    run(tmp_path, "init", str(folder), "--template", template)
    assert {path.stem for path in (folder / "norms").glob("*.csv")} == set(NORM_TABLES)
    for path in SHIPPED.glob("*.csv"):
        assert (folder / "norms" / path.name).read_bytes() == path.read_bytes()


def test_the_tables_and_the_rows_of_one(own: Path) -> None:
    """`norms` lists all tables with what holds; rows of a table follow --on; a wrong name or day is refused."""
    done = run(own, "norms", "--on", "2026-12-01")
    for name in NORM_TABLES:
        assert name in done.output
    assert "check again" in done.output
    told = {
        day: [each["value"] for each in json.loads(run(own, "norms", "ort", "--on", day, "--format", "json").output)]
        for day in ("2025-12-31", "2026-01-01")
    }
    assert 47 not in told["2025-12-31"]
    assert 47 in told["2026-01-01"]
    assert run(own, "norms", "tariff_codes", "--format", "csv").output.startswith("kind,item,")
    for words in (("norms", "orts"), ("norms", "--on", "gisteren")):
        assert refused(own, *words) is not None


def test_a_list_is_shown_and_nothing_is_written(own: Path, listed: Path) -> None:
    """Without --write the list stands beside the file, with what it leaves out and what lacks; no file moves."""
    before = {path: path.read_bytes() for path in (own / "norms").iterdir()}
    text = run(own, "tariffs", "import", str(listed)).output
    assert "follows" in text
    assert "183.21" in text
    assert "+3.7%" in text
    assert "left out: sector VG (1)" in text
    # In the years of the list these are in use and have an open tariff from before.
    assert "every profile in use has a tariff" in text
    assert "nothing was written" in text
    assert {path: path.read_bytes() for path in (own / "norms").iterdir()} == before


def test_what_is_written_counts_in_a_calculation(own: Path, listed: Path) -> None:
    """--write ends the old tariff the day before, keeps the file before it, names source and day; all is still well."""
    before = (own / "norms" / "tariffs.csv").read_bytes()
    text = run(own, "tariffs", "import", str(listed), "--write", "--source", "brief NZa").output
    made = [each for each in rows(own) if (each["zzp"], each["with_treatment"]) == ("4VV", "false")]
    assert [(each["start_date"], each["end_date"], each["day_tariff"]) for each in made] == [
        ("2025-01-01", "2025-12-31", "176.00"),
        ("2026-01-01", "2026-12-31", "183.21"),
        ("2027-01-01", "2027-12-31", "190.00"),
    ]
    assert made[-1]["source"] == "brief NZa"
    assert made[-1]["last_checked"]
    kept = [path for path in (own / "norms").iterdir() if path.name.startswith("tariffs.csv.")]
    assert [path.read_bytes() for path in kept] == [before]
    assert kept[0].name in text
    assert "all is well" in run(own, "check").output
    again = run(own, "tariffs", "import", str(listed))
    assert "every tariff of this list is already in norms/tariffs.csv" in again.output
    run(own, "calculate", "2026-01")


def test_a_profile_in_use_without_a_tariff_is_named(own: Path, tmp_path: Path) -> None:
    """After a list that leaves a profile out, that profile, its residents and its days are listed."""
    (own / "norms" / "tariffs.csv").write_text(",".join(NORM_TABLES["tariffs"].names) + "\n", "utf-8")
    path = tmp_path / "een.csv"
    path.write_text("\n".join(LIST[:2]).replace("2027", "2026"), "utf-8")
    text = run(own, "tariffs", "import", str(path)).output
    assert "in use and without a tariff" in text
    assert "6VV stay, treatment" in text
    empty = tmp_path / "leeg"
    run(tmp_path, "init", str(empty))
    assert "no indications were pulled yet" in run(empty, "tariffs", "import", str(path)).output


def test_sheets_columns_values_and_the_decimal_sign(own: Path, tmp_path: Path) -> None:
    """--sheet, --column, --value and --decimal say what a list does not; a field that there is not is refused."""
    made = openpyxl.Workbook()
    for name, amount in (("oud", "1.111"), ("nieuw", "1.234")):
        sheet = made.create_sheet(name)
        sheet.append(["Groep", "Wat het kost"])
        sheet.append(["ZZP 6VV", amount])
    made.save(tmp_path / "lijst.xlsx")
    words = ["tariffs", "import", str(tmp_path / "lijst.xlsx"), "--sheet", "nieuw", "--decimal", "comma"]
    for field, heading in (("zzp", "Groep"), ("day_tariff", "Wat het kost")):
        words += ["--column", f"{field}={heading}"]
    for field, value in (
        ("delivery_form", "verblijf"),
        ("with_treatment", "ja"),
        ("with_day_care", "nee"),
        ("start_date", "2027-01-01"),
    ):
        words += ["--value", f"{field}={value}"]
    run(own, *words, "--write")
    last = [each for each in rows(own) if each["zzp"] == "6VV"][-1]
    assert (last["day_tariff"], last["start_date"], last["source"]) == ("1234.00", "2027-01-01", "lijst.xlsx, nieuw")
    assert refused(own, "tariffs", "import", "x.csv", "--column", "kleur=rood") is not None


def test_a_wrong_list_writes_nothing_even_when_asked(own: Path, tmp_path: Path) -> None:
    """One bad cell among good ones: the message names it, the file stays as it was, and no copy is left."""
    path = tmp_path / "fout.csv"
    path.write_text("\n".join([*LIST, "6VV;verblijf;ja;nee;gratis"]), "utf-8")
    before = sorted((each.name, each.read_bytes()) for each in (own / "norms").iterdir())
    error = refused(own, "tariffs", "import", str(path), "--write")
    assert isinstance(error, ConfigurationError)
    assert [(each.code, each.where) for each in error.problems()] == [("C68", "fout.csv:5")]
    assert sorted((each.name, each.read_bytes()) for each in (own / "norms").iterdir()) == before


def test_looking_again_moves_no_result(own: Path, listed: Path) -> None:
    """A later day of the last look, or another fact, needs no new calculation; a tariff of the period does."""
    run(own, "calculate", "2026-01")
    tariffs = own / "norms" / "tariffs.csv"
    head, *lines = tariffs.read_text("utf-8").splitlines()
    tariffs.write_text("\n".join([f"{head},last_checked", *(f"{line},2026-11-21" for line in lines)]) + "\n", "utf-8")
    (own / "norms" / "hours_per_year.csv").unlink()
    assert "nothing changed since version 1" in run(own, "calculate", "2026-01").output
    listed.write_text(listed.read_text("utf-8").replace("2027", "2026"), "utf-8")
    run(own, "tariffs", "import", str(listed), "--write")
    assert "version 2" in run(own, "calculate", "2026-01").output
