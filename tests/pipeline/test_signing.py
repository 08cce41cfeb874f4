"""Signing: who proves to be two different people over one digest, and who does not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ipvb_bridge.base.errors import ConfigurationError, CredentialsError, DataError, SignatureNeeded, UsageError
from ipvb_bridge.pipeline import passphrases, signing, ssh_signatures
from ipvb_bridge.pipeline import publish_messages as messages
from ipvb_bridge.store import outbox, plans
from tests.pipeline.publishing import SENTENCE, START, House

KINDS = [("ed25519", ""), ("ecdsa", "256"), ("ecdsa", "384"), ("ecdsa", "521"), ("rsa", "2048"), ("rsa", "3072")]
TEXT = b"ipvb-bridge plan 1 2026-01 sha256:abc\n"


def key(folder: Path, kind: str, bits: str = "", passphrase: str = "") -> tuple[Path, str]:
    path = folder / f"key_{kind}{bits}"
    size = ["-b", bits] if bits else []
    command = ["ssh-keygen", "-q", "-t", kind, *size, "-N", passphrase, "-C", "", "-f", str(path)]
    subprocess.run(command, check=True, timeout=60)
    return path, path.with_name(path.name + ".pub").read_text().strip()


def openssh(path: Path, text: bytes = TEXT, namespace: str = ssh_signatures.NAMESPACE, *options: str) -> str:
    """A signature by OpenSSH's own program."""
    command = ["ssh-keygen", "-Y", "sign", "-n", namespace, "-f", str(path), *options]
    return subprocess.run(command, input=text, capture_output=True, check=True, timeout=60).stdout.decode()


@pytest.mark.parametrize(("kind", "bits"), KINDS)
def test_signatures_of_openssh_are_accepted(tmp_path: Path, kind: str, bits: str) -> None:
    """What ssh-keygen signs with a key of any usual type counts; the same over one letter more does not."""
    path, line = key(tmp_path, kind, bits)
    armored = openssh(path)
    ssh_signatures.verify(line, armored, TEXT)
    with pytest.raises(ssh_signatures.NotValid, match="another text"):
        ssh_signatures.verify(line, armored, TEXT + b" ")


@pytest.mark.parametrize(("kind", "bits"), KINDS)
def test_openssh_accepts_our_signatures(tmp_path: Path, kind: str, bits: str) -> None:
    """What we sign with a key file, ssh-keygen verifies: so ours is not only checked by ourselves."""
    path, line = key(tmp_path, kind, bits)
    signature = tmp_path / "text.sig"
    signature.write_text(ssh_signatures.sign(path.read_bytes(), None, TEXT))
    (tmp_path / "allowed").write_text(f"anna {line}\n")
    command = ["ssh-keygen", "-Y", "verify", "-f", str(tmp_path / "allowed"), "-I", "anna"]
    command += ["-n", ssh_signatures.NAMESPACE, "-s", str(signature)]
    done = subprocess.run(command, input=TEXT, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    ssh_signatures.verify(line, signature.read_text(), TEXT)


def test_sha256_signatures_are_accepted(tmp_path: Path) -> None:
    """ssh-keygen may hash with sha256 instead of sha512."""
    path, line = key(tmp_path, "ed25519")
    ssh_signatures.verify(line, openssh(path, TEXT, ssh_signatures.NAMESPACE, "-O", "hashalg=sha256"), TEXT)


def test_signature_for_another_purpose_is_refused(tmp_path: Path) -> None:
    """What was signed as a file or a commit does not sign a plan."""
    path, line = key(tmp_path, "ed25519")
    with pytest.raises(ssh_signatures.NotValid, match="another purpose"):
        ssh_signatures.verify(line, openssh(path, TEXT, "file"), TEXT)


def test_signature_with_another_key_is_refused(tmp_path: Path) -> None:
    """A signature that is right in itself, by a key that is not the signer's, does not count."""
    path, _ = key(tmp_path, "ed25519")
    (tmp_path / "other").mkdir()
    _, line = key(tmp_path / "other", "ed25519")
    with pytest.raises(ssh_signatures.NotValid, match="another key"):
        ssh_signatures.verify(line, openssh(path), TEXT)


def test_small_rsa_is_refused(tmp_path: Path) -> None:
    """An RSA key of 1024 bits proves nothing any more."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    made = rsa.generate_private_key(65537, 1024)
    form = serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    line = made.public_key().public_bytes(*form).decode()
    private = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    with pytest.raises(ssh_signatures.NotValid, match="too small"):
        ssh_signatures.verify(line, ssh_signatures.sign(private, None, TEXT), TEXT)


def test_every_changed_byte_is_noticed(tmp_path: Path) -> None:
    """No byte of a signature can be changed, left out or added without it being refused."""
    import base64

    path, line = key(tmp_path, "ed25519")
    armored = openssh(path)
    lines = armored.strip().splitlines()
    blob = base64.b64decode("".join(lines[1:-1]))

    def rewrapped(changed: bytes) -> str:
        return "\n".join([lines[0], base64.b64encode(changed).decode(), lines[-1]])

    ssh_signatures.verify(line, rewrapped(blob), TEXT)
    for at in range(len(blob)):
        with pytest.raises(ssh_signatures.NotValid):
            ssh_signatures.verify(line, rewrapped(blob[:at] + bytes([blob[at] ^ 1]) + blob[at + 1 :]), TEXT)
        with pytest.raises(ssh_signatures.NotValid):
            ssh_signatures.verify(line, rewrapped(blob[:at]), TEXT)
    with pytest.raises(ssh_signatures.NotValid, match="behind its end"):
        ssh_signatures.verify(line, rewrapped(blob + b"\0"), TEXT)
    for wrong in ("", "hello", armored.replace("-----BEGIN", "-----BEGUN"), armored.replace("U1NIU0", "U1N!U0")):
        with pytest.raises(ssh_signatures.NotValid):
            ssh_signatures.verify(line, wrong, TEXT)


def test_a_letter_of_another_alphabet_is_refused(tmp_path: Path) -> None:
    """A signature with a letter that is no base64 is told to the signer, and is no failure of the program."""
    path, line = key(tmp_path, "ed25519")
    with pytest.raises(ssh_signatures.NotValid, match="base64"):
        ssh_signatures.verify(line, openssh(path).replace("U1NI", "U1Né", 1), TEXT)


def test_passphrases_are_kept_as_argon2id() -> None:
    """A hash is argon2id with its own salt, meets its passphrase however its accents are typed, and no other."""
    phc = passphrases.hashed("caf\u00e9 met zon")
    assert phc.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert phc != passphrases.hashed("caf\u00e9 met zon")
    assert passphrases.refused(phc) == ""
    assert passphrases.matches("cafe\u0301 met zon", phc)
    assert not passphrases.matches("cafe met zon", phc)


@pytest.mark.parametrize(
    "phc",
    [
        "een gewone zin",
        "$argon2i$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaA",
        "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA",
        "$2b$12$abcdefghijklmnopqrstuv",
    ],
)
def test_weak_and_foreign_hashes_are_refused(house: House, phc: str) -> None:
    """A plain text, another kind of hash or one made with next to no memory is told, with its line."""
    (house.folder / "bob.argon2").write_text(phc)
    with pytest.raises(ConfigurationError, match="W14") as caught:
        house.bob(house.kept())
    assert caught.value.where.startswith("bridge.toml:")


def test_two_people_open_the_outbox(house: House) -> None:
    """After the first signature nothing may go out; the second one makes a message for every item."""
    plan = house.kept()
    assert [each.signer for each in house.anna(plan)] == ["anna"]
    assert outbox.shown(house.store).is_empty()
    assert [each.signer for each in house.bob(plan)] == ["anna", "bob"]
    shown = outbox.shown(house.store)
    assert shown.height == plan.items
    assert set(shown["state"]) == {"waiting"}


def test_the_maker_is_at_most_one_of_the_two(house: House) -> None:
    """Who made the plan may sign it once, not twice, under whatever proof."""
    plan = house.kept("anna")
    house.anna(plan)
    with pytest.raises(SignatureNeeded, match="S22") as caught:
        house.anna(plan)
    assert caught.value.exit_code == 7
    assert outbox.shown(house.store).is_empty()
    assert len(house.bob(plan)) == 2


def test_a_name_alone_is_not_enough(house: House) -> None:
    """A stranger, a signer in the other's way, and an SSH signature by another key are refused with their reasons."""
    plan = house.kept()
    with pytest.raises(UsageError, match="W10") as caught:
        signing.with_passphrase(house.configuration, house.store, plan, "ana", "x", house.clock)
    assert "anna" in caught.value.what("en")
    with pytest.raises(UsageError, match="W11"):
        signing.with_passphrase(house.configuration, house.store, plan, "anna", SENTENCE, house.clock)
    with pytest.raises(UsageError, match="W11"):
        signing.with_ssh(house.configuration, house.store, plan, "bob", "", house.clock)
    path, _ = key(house.folder, "ed25519")
    with pytest.raises(CredentialsError, match="W15"):
        signing.with_ssh(house.configuration, house.store, plan, "anna", signing.ssh_signature(plan, path), house.clock)
    assert plans.signatures_of(house.store, plan) == []


def test_a_signature_under_one_plan_is_none_under_another(house: House) -> None:
    """An SSH signature for the plan of last week does not sign this week's, though it writes the same."""
    first = house.kept()
    old = signing.ssh_signature(first, house.folder / "anna")
    house.clock.later(hours=80)
    second = house.kept()
    assert second.content == first.content
    with pytest.raises(CredentialsError, match="W15"):
        signing.with_ssh(house.configuration, house.store, second, "anna", old, house.clock)


def test_wrong_passphrases_have_to_wait_longer(house: House) -> None:
    """After each wrong one the pause doubles, also for the right one; a right one ends it."""
    plan = house.kept()
    for wait in (2, 4, 8):
        with pytest.raises(CredentialsError, match="W12") as caught:
            house.bob(plan, "fout")
        assert str(wait) in caught.value.what("en")
        house.clock.later(seconds=wait - 1)
        with pytest.raises(CredentialsError, match="W13"):
            house.bob(plan)
        house.clock.later(seconds=1)
    assert len(house.bob(plan)) == 1
    with house.store.read() as database:
        assert database.exec_driver_sql("SELECT count(*) FROM sign_tries").scalar() == 0
    assert [signing.pause(wrong) // 10**6 for wrong in (0, 1, 5, 20)] == [0, 2, 32, 900]


def test_a_clock_put_back_locks_nobody_out(house: House) -> None:
    """A wrong try in what is now the future makes the next one wait its pause, not for years."""
    plan = house.kept()
    with pytest.raises(CredentialsError, match="W12"):
        house.bob(plan, "fout")
    house.clock.moment = START - 10 * 3600 * 10**6
    with pytest.raises(CredentialsError, match="W13") as caught:
        house.bob(plan)
    assert caught.value.fields["wait"] == 2


def test_one_person_with_two_names_is_seen(house: House) -> None:
    """Two hashes of one passphrase are one person."""
    (house.folder / "carla.argon2").write_text(passphrases.hashed(SENTENCE))
    plan = house.kept()
    signing.with_passphrase(house.configuration, house.store, plan, "carla", SENTENCE, house.clock)
    with pytest.raises(CredentialsError, match="W19"):
        house.bob(plan)
    assert len(house.anna(plan)) == 2


def test_an_old_plan_cannot_be_signed(house: House) -> None:
    """A plan has to be signed within the hours that a signature counts."""
    plan = house.kept()
    house.clock.later(hours=72)
    with pytest.raises(SignatureNeeded, match="W17") as caught:
        house.anna(plan)
    assert caught.value.exit_code == 7


def test_only_the_newest_plan_of_the_newest_results_can_be_signed(house: House) -> None:
    """A later plan, or a later calculation, makes a plan outdated, also between its two signatures."""
    from tests.pipeline.test_planning import change_agreement

    plan = house.kept()
    house.anna(plan)
    change_agreement(house)
    with pytest.raises(SignatureNeeded, match="S21"):
        house.bob(plan)
    second = house.kept()
    assert second.plan_id == plan.plan_id + 1
    with pytest.raises(SignatureNeeded, match="S21"):
        plans.sign(house.store, plan, plans.Signature("bob", "passphrase", plan.digest, "", START, START), START)
    house.anna(second)
    assert len(house.bob(second)) == 2


def test_a_plan_that_was_written_meanwhile_cannot_be_signed(house: House) -> None:
    """When an earlier plan reached the other system after this one was made, the difference is no longer true."""
    house.signed()
    house.faults("drop after", "drop after", "drop after")
    house.send()
    house.clock.later(hours=80)
    plan = house.kept()
    house.clock.later(hours=-10)  # a clock that is put back lets the earlier plan go on
    house.send()
    with pytest.raises(SignatureNeeded, match="S21") as caught:
        house.anna(plan)
    assert "written since" in caught.value.what("en")


def test_no_plan_is_said(house: House) -> None:
    """Signing before anything was planned says what to do first."""
    with pytest.raises(UsageError, match="S20"):
        plans.newest(house.store, "2026-01")


@pytest.mark.parametrize("column", ["data", "digest", "key"])
def test_a_changed_item_cannot_be_signed(house: House, column: str) -> None:
    """Who changes an item in the database finds that nobody can sign it."""
    plan = house.kept()
    tamper(house, f"UPDATE plan_items SET {column} = replace({column}, '1', '2') WHERE position = 3")
    with pytest.raises(DataError, match="W20"):
        house.anna(plan)


def tamper(house: House, statement: str) -> None:
    """Change the database as somebody would who has the right to: without the triggers."""
    with house.store.write() as database:
        for name in ("plans", "plan_items", "signatures", "version_tables"):
            database.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}_never_updated")
        assert database.exec_driver_sql(statement).rowcount > 0


def test_a_key_with_a_passphrase_and_one_that_is_none(house: House, tmp_path: Path) -> None:
    """A private key is opened with its passphrase; without it, or when it is no key, the message names the file."""
    plan = house.kept()
    path, line = key(tmp_path, "ed25519", passphrase="geheim")
    armored = signing.ssh_signature(plan, path, "geheim")
    ssh_signatures.verify(line, armored, signing.text_to_sign(plan).encode())
    for passphrase in (None, "fout"):
        with pytest.raises(CredentialsError, match="W16") as caught:
            signing.ssh_signature(plan, path, passphrase)
        assert caught.value.where == str(path)
    for wrong in (tmp_path / "absent", Path(__file__)):
        with pytest.raises(CredentialsError, match="W16"):
            signing.ssh_signature(plan, wrong)


def test_no_secret_reaches_the_log_or_the_database(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither passphrases, right or wrong, nor their hashes are written anywhere."""
    plan = house.kept()
    with pytest.raises(CredentialsError):
        house.bob(plan, "een verkeerde zin")
    house.clock.later(seconds=2)
    house.bob(plan)
    said = capsys.readouterr()
    phc = (house.folder / "bob.argon2").read_text().strip()
    stored = b"".join(path.read_bytes() for path in house.folder.glob("bridge.db*"))
    for secret in (SENTENCE, "een verkeerde zin", phc, phc.rpartition("$")[2]):
        assert secret not in said.out + said.err
        assert secret.encode() not in stored


def test_messages_name_commands_that_exist() -> None:
    """What the messages tell to run is a command with those options."""
    from ipvb_bridge.cli.publishing import publish

    options = {name for each in publish.params for name in each.opts}
    for name in ("--sign", "--send", "--digest", "--new-passphrase", "--key", "--signature"):
        assert name in options
    assert messages.WAITS.next_step("nl", period="2026-01").endswith("publish 2026-01 --sign NAAM")
