"""A column with BSNs: a key of each person comes in, the column itself goes no further."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from ipvb_bridge.base.errors import ConfigurationError
from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.core.validation import check
from ipvb_bridge.plugin import Context, messages, pseudonyms
from ipvb_tables.adapter import Tables
from tests.fixtures_sshd import Sshd
from tests.plugin.test_bsn import INVENTED

from .conftest import Connect, Connection

PEOPLE = [str(each) for each in INVENTED[:40]]
REST = "basis,zzp,delivery_form,with_treatment,with_day_care,start_date,end_date"
HEADER = f"indication_id,BSN,{REST}\n"
VALUES = "indicated,5VV,stay,true,false,2025-01-01,"
Make = Callable[..., Connection]


def key_of(word: str = "0123456789abcdef") -> pseudonyms.Pseudonym:
    return pseudonyms.keyed((word * 2).encode)


OF = key_of()


def indications(*bsns: str, header: str = HEADER) -> str:
    return header + "".join(f"I{at},{bsn},{VALUES}\n" for at, bsn in enumerate(bsns))


@pytest.fixture
def keyed(tmp_path: Path) -> Make:
    """`keyed(**settings)`: a connection of an organisation with a key, to the folder `in` or a server."""
    (tmp_path / "in").mkdir()

    def make(of: pseudonyms.Pseudonym = OF, cursor: Any = None, **settings: Any) -> Connection:
        given = {"bsn_column": {"indications": "BSN"}} | ({} if "sftp" in settings else {"path": "in"}) | settings
        context = Context("office", tmp_path, kind="ecd", streams=("indications",), pseudonym=of)
        return Connection(Tables(Tables.Config.model_validate(given), context), cursor)

    return make


def test_the_key_comes_in_and_the_number_stays_out(tmp_path: Path, keyed: Make) -> None:
    """A whole column of BSNs, which the guard would refuse, gives keys; no batch, cursor or finding has a BSN."""
    (tmp_path / "in" / "indications.csv").write_text(indications(*PEOPLE))
    pulled = keyed().pull("indications")
    assert pulled.rows.columns == [*STREAMS["indications"].names, "_position"]
    assert pulled.rows["person_key"].to_list() == [OF(each) for each in PEOPLE]
    assert pulled.rows["resident_id"].null_count() == len(PEOPLE)
    assert check(STREAMS["indications"], pulled.rows).held.is_empty()
    everything = pulled.rows.write_json() + str(pulled.last)
    assert not any(each in everything for each in PEOPLE)


def test_the_same_over_sftp(tmp_path: Path, keyed: Make, sshd: Sshd) -> None:
    """A server makes no difference, and what is fetched is not left lying about."""
    folder = tmp_path / "drop"
    folder.mkdir()
    (folder / "indications.csv").write_text(indications(*PEOPLE))
    (folder / "indications.csv.done").touch()
    connection = keyed(sftp=sshd.settings(folder))
    assert [each.ok for each in connection.adapter.check()][-1]
    assert connection.pull("indications").rows["person_key"].to_list() == [OF(each) for each in PEOPLE]
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and PEOPLE[0].encode() in path.read_bytes()]
    assert kept == [folder / "indications.csv"]


def test_a_wrong_number_gives_no_key_and_is_told_by_its_place(tmp_path: Path, keyed: Make) -> None:
    """Its row is held for want of a resident; neither the finding nor the quarantine has the number."""
    wrong = [str(INVENTED[0] + 1), "1.0000E+08", "12345678"]
    text = indications(PEOPLE[0], *wrong, "")
    (tmp_path / "in" / "indications.csv").write_text(text)
    pulled = keyed().pull("indications")
    (finding,) = pulled.last.findings
    assert finding.rule == "FILES06"
    assert "indications.csv:3, indications.csv:4, indications.csv:5." in finding.explanation
    held = check(STREAMS["indications"], pulled.rows).held
    assert held["column"].to_list() == ["resident_id"] * 4
    everything = held.write_json() + str(finding) + pulled.rows.write_json()
    assert not any(each in everything for each in wrong)


def test_a_bsn_may_stand_in_the_column_of_the_key_and_a_key_beside_a_bsn(tmp_path: Path, keyed: Make) -> None:
    """`person_key` itself may be the column with BSNs; a key that was delivered counts where there is no BSN."""
    file = tmp_path / "in" / "indications.csv"
    file.write_text(indications(PEOPLE[0], header=f"indication_id,person_key,{REST}\n"))
    assert keyed(bsn_column={"indications": "person_key"}).pull("indications").rows["person_key"].item() == OF(
        PEOPLE[0]
    )
    text = f"indication_id,BSN,person_key,resident_id,{REST}\n"
    file.write_text(f"{text}I1,,{OF(PEOPLE[1])},,{VALUES}\nI2,{PEOPLE[0]},{OF(PEOPLE[1])},R2,{VALUES}\n")
    rows = keyed().pull("indications").rows
    assert rows.select("person_key", "resident_id").rows() == [(OF(PEOPLE[1]), None), (OF(PEOPLE[0]), "R2")]


def test_residents_can_have_one_too(tmp_path: Path, keyed: Make) -> None:
    """The same setting for the stream of residents."""
    (tmp_path / "in" / "residents.csv").write_text(
        "resident_id,client_group,name,date_of_birth,nummer\n" + f"R1,pg,,,{PEOPLE[0]}\nR2,pg,,,\n"
    )
    rows = keyed(bsn_column={"residents": "nummer"}).pull("residents").rows
    assert rows["person_key"].to_list() == [OF(PEOPLE[0]), None]


def test_another_key_means_other_rows_from_the_same_file(tmp_path: Path, keyed: Make) -> None:
    """A file that was read is read anew when the organisation's key was changed: else nobody would be found."""
    (tmp_path / "in" / "indications.csv").write_text(indications(PEOPLE[0]))
    first = keyed()
    first.pull("indications")
    assert first.pull("indications").last.unchanged
    again = keyed(of=key_of("fedcba9876543210"), cursor=first.cursor).pull("indications")
    assert not again.last.unchanged
    assert again.rows["person_key"].item() not in (None, OF(PEOPLE[0]))


def test_the_column_has_to_be_there(tmp_path: Path, keyed: Make) -> None:
    """A file without the column that the setting names is refused, and the column is named."""
    (tmp_path / "in" / "indications.csv").write_text(f"indication_id,{REST}\nI1,{VALUES}\n")
    error = keyed().refused("indications")
    assert error.message is messages.COLUMN_MISSING
    assert error.fields["missing"] == "BSN"
    (tmp_path / "in" / "indications.csv").write_text(
        f"indication_id,resident_id,BSN,{REST}\nI1,R1,{PEOPLE[0]},{VALUES}\n"
    )
    extra = keyed(bsn_column={}).refused("indications")
    assert extra.message is messages.COLUMN_EXTRA
    assert PEOPLE[0] not in extra.what("en") + str(extra.fields)


def test_without_a_key_of_the_organisation_nothing_is_read(tmp_path: Path, connect: Connect) -> None:
    """The check says which setting asks for a key, a pull delivers nothing; the streams are offered all the same."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "indications.csv").write_text(indications(PEOPLE[0]))
    connection = connect(kind="ecd", path="in", bsn_column={"indications": "BSN"})
    assert [each.stream for each in connection.adapter.streams()] == ["indications"]
    last = list(connection.adapter.check())[-1]
    assert last.error is not None
    assert last.error.message is messages.NO_PSEUDONYM_KEY
    assert isinstance(connection.refused("indications"), ConfigurationError)


@pytest.mark.parametrize(
    "setting", [{"stays": "BSN"}, {"contracts": "BSN"}, {"indications": ""}, {"indications": "resident_id"}]
)
def test_settings_that_cannot_be_meant_are_refused(setting: dict[str, str]) -> None:
    """A stream without a key of a person, no column, or a column that holds something else."""
    with pytest.raises(ValidationError):
        Tables.Config.model_validate({"path": "in", "bsn_column": setting})
