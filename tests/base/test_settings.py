"""bridge.toml: what is wrong is said at once, with file, line and the nearest key."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, SecretStr

from ipvb_bridge.base import configuration_messages as messages
from ipvb_bridge.base import settings, toml
from ipvb_bridge.base.errors import ConfigurationError, ConfigurationErrors
from ipvb_bridge.core.settings import MethodSettings

GOOD = """\
[organisation]
name = "Stichting Test"

[connections.ecd]
adapter = "tables"
kind = "ecd"
settings = { path = "input" }
"""


def write(folder: Path, text: str) -> Path:
    (folder / "bridge.toml").write_text(text, "utf-8")
    return folder


def problems(folder: Path) -> list[tuple[str, str, str]]:
    with pytest.raises(ConfigurationError) as caught:
        settings.load(folder)
    return [(each.code, each.where, each.what("en")) for each in caught.value.problems()]


def test_defaults_are_what_the_reference_says(tmp_path: Path) -> None:
    """Without further settings: a SQLite file in the folder, Amsterdam time, Dutch, names not kept, band 0.5 to 3."""
    found = settings.load(write(tmp_path, GOOD))
    organisation, band = found.bridge.organisation, found.bridge.delivery
    assert (organisation.language, organisation.time_zone, organisation.keep_names) == ("nl", "Europe/Amsterdam", False)
    assert (band.least, band.most) == (Decimal("0.5"), 3)
    assert found.database_url() == f"sqlite:///{tmp_path.resolve()}/bridge.db"
    assert found.connection("ecd").streams is None
    assert found.connection("ecd").delivery is None
    assert found.connection("ecd").time_zone is None


def test_unknown_keys_are_all_named_with_line_and_nearest(tmp_path: Path) -> None:
    """Two misspelt keys give two messages, each with its own line and the key that was probably meant."""
    text = GOOD.replace('name = "Stichting Test"', 'name = "x"\nlanguag = "nl"') + 'strems = ["units"]\n'
    found = problems(write(tmp_path, text))
    assert [(code, where) for code, where, _ in found] == [("C03", "bridge.toml:3"), ("C03", "bridge.toml:9")]
    assert "language" in found[0][2]
    assert "streams" in found[1][2]


def test_unknown_section_is_named(tmp_path: Path) -> None:
    """A misspelt section is an error too, not an ignored table."""
    assert problems(write(tmp_path, GOOD + "\n[databas]\nurl = 'x'\n"))[0][:2] == ("C03", "bridge.toml:9")


def test_missing_and_bad_values(tmp_path: Path) -> None:
    """A missing key and a value of the wrong kind are told apart."""
    text = '[organisation]\ntime_zone = "Europa/Amsterdam"\n'
    assert [each[0] for each in problems(write(tmp_path, text))] == ["C04", "C05"]


def test_not_toml_names_the_line(tmp_path: Path) -> None:
    """A file that is not TOML is told with the line where reading stopped."""
    assert problems(write(tmp_path, "[organisation]\nname = Stichting\n"))[0][:2] == ("C02", "bridge.toml:2")


def test_no_folder(tmp_path: Path) -> None:
    """A folder without bridge.toml says how to make one."""
    with pytest.raises(ConfigurationError) as caught:
        settings.load(tmp_path)
    assert caught.value.code == "C01"
    assert "init" in caught.value.next_step("nl")


def test_unknown_connection_names_those_there_are(tmp_path: Path) -> None:
    """Asking for a connection that is not configured names those that are."""
    with pytest.raises(ConfigurationError) as caught:
        settings.load(write(tmp_path, GOOD)).connection("payrol")
    assert caught.value.code == messages.NO_SUCH_CONNECTION.code == "C08"
    assert "ecd" in caught.value.what("en")


def test_method_toml_names_the_line_of_a_wrong_key(tmp_path: Path) -> None:
    """The same holds for method.toml: a misspelt level or section has its line."""
    text = (
        '[cost_price]\nwindo = "2026-01-01..2026-01-31"\n[cost_price.pools]\ncare = "final"\n'
        "[direct_share]\n8 = 0.5\n[formation]\nnet_year = 1440\n"
    )
    (tmp_path / "method.toml").write_text(text)
    with pytest.raises(ConfigurationErrors) as caught:
        toml.load(MethodSettings, toml.read(tmp_path / "method.toml"), tmp_path / "method.toml")
    found = [(each.code, each.where) for each in caught.value.problems()]
    assert found == [("C03", "method.toml:2"), ("C03", "method.toml:6")]


class Server(BaseModel):
    model_config = ConfigDict(extra="forbid")
    host: str
    password: SecretStr


class Own(BaseModel):
    model_config = ConfigDict(extra="forbid")
    server: Server


def own(folder: Path, password: str, monkeypatch: pytest.MonkeyPatch) -> Own:
    monkeypatch.setenv("BRIDGE_TEST_PASSWORD", "geheim-1")
    text = (
        GOOD
        + '\n[connections.sftp]\nadapter = "tables"\n'
        + f'[connections.sftp.settings.server]\nhost = "h"\npassword = "{password}"\n'
    )
    found = settings.load(write(folder, text))
    raw = found.connection("sftp").settings
    return settings.adapter_settings(Own, raw, folder, found.file, ("connections", "sftp", "settings"))


def test_secret_is_read_from_environment_and_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reference to the environment or to a file in the folder is filled in; a final line end is dropped."""
    assert own(tmp_path, "${env:BRIDGE_TEST_PASSWORD}", monkeypatch).server.password.get_secret_value() == "geheim-1"
    (tmp_path / "pw").write_text("geheim-2\n")
    assert own(tmp_path, "${file:pw}", monkeypatch).server.password.get_secret_value() == "geheim-2"


def test_plain_secret_is_refused_and_not_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password that stands in the file is an error with its line, and the message does not repeat it."""
    with pytest.raises(ConfigurationError) as caught:
        own(tmp_path, "geheim-3", monkeypatch)
    assert (caught.value.code, caught.value.problems()[0].where) == ("C06", "bridge.toml:13")
    assert "geheim-3" not in str(caught.value) + caught.value.what("nl") + caught.value.next_step("nl")


def test_reference_that_leads_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is not set is named."""
    with pytest.raises(ConfigurationError) as caught:
        own(tmp_path, "${env:BRIDGE_TEST_ABSENT}", monkeypatch)
    assert caught.value.code == "C07"
    assert "BRIDGE_TEST_ABSENT" in caught.value.what("nl")


def test_every_reference_that_leads_nowhere_is_told_with_its_line(tmp_path: Path) -> None:
    """A folder without its secrets: each one that lacks is told at once, with file and line, of settings and signers.

    An installation that is told one missing file at a time is looked at as many times as it has secrets.
    """
    text = GOOD + '[connections.sftp]\nadapter = "own"\nkind = "ecd"\n[connections.sftp.settings.server]\n'
    text += 'host = "${file:host}"\npassword = "${file:password}"\n'
    found = settings.load(write(tmp_path, text))
    raw = found.connection("sftp").settings
    with pytest.raises(ConfigurationError) as caught:
        settings.adapter_settings(Own, raw, tmp_path, found.file, ("connections", "sftp", "settings"))
    told = [(each.code, each.where) for each in caught.value.problems()]
    line = text.splitlines().index('host = "${file:host}"') + 1
    assert told == [("C07", f"bridge.toml:{line}"), ("C07", f"bridge.toml:{line + 1}")]
    signers = SIGNERS + '[publish.signers.bram]\nssh_key = "${file:bram.pub}"\n'
    assert [(code, where) for code, where, _ in problems(write(tmp_path, signers))] == [
        ("C07", "bridge.toml:10"), ("C07", "bridge.toml:12"),
    ]  # fmt: skip


def test_password_in_the_database_address_is_refused(tmp_path: Path) -> None:
    """A database password may be referred to, not written."""
    text = GOOD + '\n[database]\nurl = "postgresql+psycopg://bridge:geheim@localhost/bridge"\n'
    with pytest.raises(ConfigurationError) as caught:
        settings.load(write(tmp_path, text)).database_url()
    assert (caught.value.code, caught.value.where) == ("C06", "bridge.toml:10")


SIGNERS = GOOD + '\n[publish.signers.anna]\nssh_key = "${file:anna.pub}"\n'
PUBLIC = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"


def test_a_signers_key_may_stand_in_a_file(tmp_path: Path) -> None:
    """A public key can be a reference to its .pub file; it is checked as if it stood in bridge.toml."""
    (tmp_path / "anna.pub").write_text(f"{PUBLIC} anna\n")
    assert settings.load(write(tmp_path, SIGNERS)).bridge.publish.signers["anna"].ssh_key == PUBLIC
    twice = SIGNERS + f'[publish.signers.bram]\nssh_key = "{PUBLIC}"\n'
    assert [code for code, _, _ in problems(write(tmp_path, twice))] == [messages.SAME_SIGNER.code]
    (tmp_path / "anna.pub").write_text("a word\n")
    assert problems(write(tmp_path, SIGNERS))[0][1] == "bridge.toml:10"


def test_a_signers_key_file_that_is_not_there(tmp_path: Path) -> None:
    """A reference that leads nowhere is told with its line."""
    ((code, where, what),) = problems(write(tmp_path, SIGNERS))
    assert (code, where) == ("C07", "bridge.toml:10")
    assert "anna.pub" in what


def test_key_for_pseudonyms_is_a_secret_of_some_length(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain key is refused when the file is read; a short or monotonous one, or none, when it is asked for."""
    assert settings.load(write(tmp_path, GOOD)).pseudonym_key() is None
    ((code, where, said),) = problems(write(tmp_path, GOOD + '\n[privacy]\npseudonym_key = "geheim-woord"\n'))
    assert (code, where) == (messages.SECRET_VALUE.code, "bridge.toml:10")
    assert "geheim-woord" not in said
    assert "privacy.pseudonym_key" in said
    key = settings.load(write(tmp_path, GOOD + '\n[privacy]\npseudonym_key = "${env:PSEUDONYM}"\n')).pseudonym_key()
    assert key is not None
    for value, reason in (("", messages.SECRET_ABSENT), ("kort", messages.WEAK_KEY), ("ab" * 40, messages.WEAK_KEY)):
        monkeypatch.setenv("PSEUDONYM", value)
        with pytest.raises(ConfigurationError) as caught:
            key()
        assert caught.value.message is reason
        assert not value or value not in caught.value.what("nl")
    monkeypatch.setenv("PSEUDONYM", "0123456789abcdef" * 2 + "\n")
    assert key() == b"0123456789abcdef" * 2
