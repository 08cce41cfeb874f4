"""From files to pages: supplements, private offer, network and groups, with VPT, MPT and part-time-stay residents."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from ipvb_bridge.base.errors import ConfigurationError
from ipvb_bridge.cli.main import cli

ROWS = {
    "input/residents.csv": "R6,pg,,\nR7,somatic,,\n",
    "input/stays.csv": "S7,R6,D2,2025-01-01,\nS8,R7,D1,2025-01-01,\n",
    "input/indications.csv": "I7,R6,assigned,4VV,mpt,false,false,2025-01-01,\n"
    "I8,R7,assigned,4VV,part_time_stay,false,false,2025-01-01,\n",
    "norms/tariffs.csv": "4VV,mpt,false,false,2026-01-01,,90.00,Z1,fictional\n"
    "4VV,part_time_stay,false,false,2026-01-01,,150.00,Z2,fictional\n",
    "input/care_agreements.csv": "G30,R6,A30,domestic,Schoonmaken thuis,afternoon,1,staff,wlz,self_care,false,60,1,day,"
    ",1,1,2025-01-01,2025-01-01,\n"
    "G31,R6,A31,guidance,Samen eten,evening,W,network,none,wellbeing,true,60,1,day,,1,1,2025-01-01,2025-01-01,\n"
    "G32,R7,A32,guidance,Wandelen,afternoon,W,staff,resident,wellbeing,true,60,1,day,,1,1,2025-01-01,2025-01-01,\n",
    "input/absences.csv": "W1,R7,weekend,2026-01-02,2026-01-04\nW2,R7,weekend,2026-01-09,2026-01-11\n",
}
OWN = {
    "supplements": "resident_id,code,start_date,day_amount\nR5,Toeslag V,2026-01-01,5.00\n"
    "R6,Toeslag M,2026-01-01,2.50\nR7,Toeslag D,2026-01-01,1.25\n",
    "meerzorg": "resident_id,start_date,end_date,care_hours,day_care_hours,treatment_hours\nR7,2026-01-01,,7,0,0\n",
    "meerzorg_tariffs": "part,start_date,hour_tariff\ncare,2026-01-01,50.005\n",
}


def run(folder: Path, *words: str) -> Result:
    done = CliRunner().invoke(cli, ["-C", str(folder), *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The worked example with one resident more of each delivery form, pulled and calculated."""
    made = tmp_path_factory.mktemp("budget") / "folder"
    run(made, "init", str(made), "--template", "example")
    for name, rows in ROWS.items():
        path = made / name
        path.write_text(path.read_text("utf-8").rstrip("\n") + "\n" + rows, "utf-8")
    (made / "instruments").mkdir(exist_ok=True)
    for name, text in OWN.items():
        (made / "instruments" / f"{name}.csv").write_text(text, "utf-8")
    for words in (("pull",), ("calculate", "2026-01")):
        run(made, *words)
    return made


def table(folder: Path, *words: str) -> list[dict]:
    return list(json.loads(run(folder, *words, "--format", "json").output))


def test_supplements_of_every_delivery_form(folder: Path) -> None:
    """VPT (20 days), MPT (31) and part-time stay (25 present of 31) have their days; meerzorg is rounded first."""
    rows = table(folder, "instrument", "supplements", "2026-01", "--table", "supplement_lines")
    paid = {
        (row["resident_id"], row["kind"]): (row["paid_days"], row["day_cents"], row["amount_cents"]) for row in rows
    }
    assert paid == {
        ("R5", "supplement"): (20, 500, 10_000),
        ("R6", "supplement"): (31, 250, 7_750),
        ("R7", "supplement"): (25, 125, 3_125),
        ("R7", "meerzorg"): (25, 5_001, 125_025),
    }
    budgets = {
        (row["resident_id"], row["unit_id"]): row for row in table(folder, "results", "2026-01", "resident_budgets")
    }
    for row in table(folder, "instrument", "supplements", "2026-01", "--table", "supplement_budgets"):
        own = budgets[row["resident_id"], row["unit_id"]]
        assert (row["available_cents"], row["balance_cents"]) == (own["available_cents"], own["balance_cents"])
    path = run(folder, "instrument", "supplements", "2026-01").output.strip()
    assert "Toeslag V" in Path(path).read_text("utf-8")


def test_a_bad_row_of_a_file_is_named(folder: Path, tmp_path: Path) -> None:
    """An amount that is none stops with the file and the line, and nothing is made."""
    own = tmp_path / "own"
    own.mkdir()
    for path in folder.iterdir():
        (own / path.name).symlink_to(path)
    (own / "instruments").unlink()
    (own / "instruments").mkdir()
    (own / "instruments" / "supplements.csv").write_text(
        "resident_id,code,start_date,day_amount\nR5,X,2026-01-01,5.00\nR5,Y,2026-01-01,-1\n", "utf-8"
    )
    error = (
        CliRunner()
        .invoke(cli, ["-C", str(own), "instrument", "supplements", "2026-01"], standalone_mode=False)
        .exception
    )
    assert isinstance(error, ConfigurationError)
    assert "instruments/supplements.csv:3" in str(error.problems()[0].where)


def test_the_offer_is_of_who_is_there(folder: Path) -> None:
    """R7 buys a walk each day present; R2, who left on the 20th, gets no offer though he bought help."""
    written = run(folder, "instrument", "private_offer", "2026-01").output.split()
    assert [Path(each).name for each in written] == ["R7.html"]
    (line,) = table(folder, "instrument", "private_offer", "2026-01", "--table", "private_offer_lines")
    assert (line["milliminutes"], line["description"]) == (25 * 60_000, "Wandelen")
    found = table(folder, "instrument", "private_offer", "2026-01", "--table", "findings")
    assert {row["rule"]: row["subject"] for row in found}["I43"] == "R2"
    text = Path(written[0]).read_text("utf-8")
    assert "Bewoner R7" in text
    assert "25 u 00" in text


def test_network_and_groups_add_up_to_the_calculation(folder: Path) -> None:
    """The groups are the organisation's budget, the network's hours those of the calculation, also of care at home."""
    budgets = table(folder, "results", "2026-01", "resident_budgets")
    groups = table(folder, "instrument", "groups", "2026-01", "--table", "client_groups")
    assert sum(row["balance_cents"] for row in groups) == sum(row["balance_cents"] for row in budgets)
    network = table(folder, "instrument", "network", "2026-01", "--table", "network_by_resident")
    assert {row["resident_id"]: row["network_milliminutes"] for row in network}["R6"] == 31 * 60_000
    run(folder, "instrument", "groups", "2026-01", "--xlsx")
    book = openpyxl.load_workbook(folder / "reports" / "2026-01-groups.xlsx")
    assert book["client_groups"]["A1"].value == "Doelgroep"


@pytest.mark.parametrize(
    ("resident", "said", "charged"),
    [
        ("R5", "hoort niet bij uw vorm van zorg: huisvesting.", ["Maaltijden", "Schoonmaak"]),
        ("R6", "hoort niet bij uw vorm van zorg: huisvesting, maaltijden, schoonmaak.", []),
        ("R7", "Daarvan was u 6 dagen ergens anders.", ["Huisvesting", "Maaltijden", "Schoonmaak"]),
    ],
)
def test_statements_of_care_at_home(folder: Path, resident: str, said: str, charged: list[str]) -> None:
    """VPT without housing, MPT without stay, part-time stay with days at home: each reads right."""
    words = ("report", "2026-01", "--kind", "statement", "--resident", resident)
    text = Path(run(folder, *words).output.strip()).read_text("utf-8")
    assert said in text
    box = text.split('class="box stay"')[1].split("</section>")[0]
    assert [each for each in ("Huisvesting", "Maaltijden", "Schoonmaak") if f"<td>{each}</td>" in box] == charged
    assert ("Geen kosten voor verblijf" in box) == (not charged)
