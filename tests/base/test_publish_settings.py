"""[publish] in bridge.toml: what is wrong is said with its line; a signer has one way of their own to prove it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from ipvb_bridge.base import settings
from ipvb_bridge.base.errors import ConfigurationError

ANNA = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILpBdhB0DEyW2cmZ4gCHMVZX5xPpDvFjPTrvz3HZp7sI"
HEAD = '[organisation]\nname = "x"\n[connections.ecd]\nadapter = "tables"\nkind = "ecd"\n'


def load(folder: Path, text: str) -> settings.Configuration:
    (folder / "bridge.toml").write_text(HEAD + text, "utf-8")
    return settings.load(folder)


def problems(folder: Path, text: str) -> list[tuple[str, str, str]]:
    with pytest.raises(ConfigurationError) as caught:
        load(folder, text)
    return [(each.code, each.where, each.what("en")) for each in caught.value.problems()]


def test_defaults(tmp_path: Path) -> None:
    """Without [publish]: nobody signs, nothing is written, nine of ten agreements filled, 72 hours."""
    found = load(tmp_path, "").bridge.publish
    assert (found.completeness, found.valid_hours) == (Decimal("0.9"), 72)
    assert (found.signers, found.targets) == ({}, {})


def test_everything_is_read(tmp_path: Path) -> None:
    """Bounds, two ways of signing and a target; the comment behind a key is dropped."""
    text = (
        "[publish]\ncompleteness = 0.95\nvalid_hours = 24\n"
        f'[publish.signers.anna]\nssh_key = "{ANNA} anna@laptop"\n'
        '[publish.signers.bob]\npassphrase = "${file:bob.argon2}"\n'
        '[publish.targets.statements]\nconnection = "ecd"\nkind = "resident_statement"\n'
    )
    found = load(tmp_path, text).bridge.publish
    assert (found.completeness, found.valid_hours) == (Decimal("0.95"), 24)
    assert found.signers["anna"].ssh_key == ANNA
    assert found.signers["bob"].passphrase == "${file:bob.argon2}"
    assert found.targets["statements"].kind == "resident_statement"


@pytest.mark.parametrize(
    ("text", "code", "line", "word"),
    [
        ("[publish]\ncompletenes = 0.9\n", "C03", 7, "completeness"),
        ("[publish]\ncompleteness = 1.1\n", "C05", 7, "1.1"),
        ("[publish]\nvalid_hours = 0\n", "C05", 7, "valid_hours"),
        ("[publish.signers.anna]\nssh_kye = 'x'\n", "C03", 7, "ssh_key"),
        ("[publish.signers.anna]\n", "C05", 6, "a name alone proves nothing"),
        (f"[publish.signers.anna]\nssh_key = '{ANNA}'\npassphrase = '${{file:x}}'\n", "C05", 6, "either"),
        ("[publish.signers.anna]\nssh_key = 'ssh-dss AAAA'\n", "C05", 7, "ssh-ed25519"),
        (f"[publish.signers.anna]\nssh_key = '{ANNA[:-20]}!'\n", "C05", 7, "cut off"),
        (
            f"[publish.signers.anna]\nssh_key = '{ANNA.replace('ed25519 ', 'rsa ')}'\n",
            "C05",
            7,
            "no key of type ssh-rsa",
        ),
        ("[publish.signers.anna]\npassphrase = '$argon2id$v=19$x'\n", "C06", 7, "publish.signers.anna.passphrase"),
        ("[publish.targets.x]\nconnection = 'ecd'\nkind = 'rosters'\n", "C05", 8, "roster"),
        ("[publish.targets.x]\nconnection = 'edc'\nkind = 'roster'\n", "C41", 7, "did you mean ecd"),
    ],
)
def test_mistakes_are_told_with_their_line(tmp_path: Path, text: str, code: str, line: int, word: str) -> None:
    """Each mistake has its code, the line where it stands, and the word that helps."""
    (found, *_) = problems(tmp_path, text)
    assert found[:2] == (code, f"bridge.toml:{line}")
    assert word in found[2]


def test_a_plain_hash_is_not_repeated(tmp_path: Path) -> None:
    """A hash that stands in bridge.toml itself is refused without being written out again."""
    ((_, _, text),) = problems(tmp_path, "[publish.signers.anna]\npassphrase = '$argon2id$v=19$m=1$abc$SECRET'\n")
    assert "SECRET" not in text


def test_two_names_with_one_key_are_one_person(tmp_path: Path) -> None:
    """The same key, or the same file with a hash, under two names is refused."""
    text = f'[publish.signers.anna]\nssh_key = "{ANNA}"\n[publish.signers.ann]\nssh_key = "{ANNA} other comment"\n'
    assert [each[:2] for each in problems(tmp_path, text)] == [("C40", "bridge.toml:9")]
    text = "".join(f"[publish.signers.{name}]\npassphrase = '${{file:x}}'\n" for name in ("anna", "ann"))
    assert [each[0] for each in problems(tmp_path, text)] == ["C40"]


def test_one_kind_to_one_connection_once(tmp_path: Path) -> None:
    """Two targets that would write the same thing to the same place are refused."""
    text = "".join(f"[publish.targets.{name}]\nconnection = 'ecd'\nkind = 'roster'\n" for name in ("a", "b"))
    assert [each[:2] for each in problems(tmp_path, text)] == [("C42", "bridge.toml:10")]
