"""The demo's SFTP server, asked by paramiko's client as any other would be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest
from paramiko.sftp import CMD_OPEN, SFTP_FLAG_CREATE, SFTP_FLAG_READ, SFTP_FLAG_TRUNC

from ipvb_bridge.demo import sftp


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    for user in ("care", "pay"):
        (tmp_path / user).mkdir()
        (tmp_path / user / f"{user}.csv").write_text(f"of {user}\n" * 50_000)
    with sftp.serve(tmp_path, ("care", "pay")) as port:
        yield tmp_path, port


def log_in(port: int, user: str, password: str) -> paramiko.Transport:
    transport = paramiko.Transport((sftp.HOST, port))
    transport.connect(username=user, password=password)
    return transport


def password(folder: Path) -> str:
    return (folder / "password").read_text().strip()


def test_a_file_is_served_whole(server: tuple[Path, int]) -> None:
    """What is fetched is what stands there, and size and names are told."""
    folder, port = server
    transport = log_in(port, "care", password(folder))
    client = paramiko.SFTPClient.from_transport(transport)
    assert client.listdir(".") == ["care.csv"]
    with client.open("care.csv") as file:
        file.prefetch()
        assert file.read() == (folder / "care" / "care.csv").read_bytes()
    assert client.stat("care.csv").st_size == (folder / "care" / "care.csv").stat().st_size
    transport.close()


def test_a_user_sees_only_the_own_folder(server: tuple[Path, int]) -> None:
    """No path leads to another user's files, the host key or the password."""
    folder, port = server
    transport = log_in(port, "pay", password(folder))
    client = paramiko.SFTPClient.from_transport(transport)
    assert client.listdir("/") == ["pay.csv"]
    for path in ("../care/care.csv", "/../password", "../../host_key"):
        with pytest.raises(FileNotFoundError):
            client.open(path)
    transport.close()


def test_read_files_can_be_moved_but_none_written(server: tuple[Path, int]) -> None:
    """Archiving works; writing into a drop does not."""
    folder, port = server
    transport = log_in(port, "care", password(folder))
    client = paramiko.SFTPClient.from_transport(transport)
    client.mkdir("read")
    client.rename("care.csv", "read/care.csv")
    assert (folder / "care" / "read" / "care.csv").is_file()
    client.remove("read/care.csv")
    assert not (folder / "care" / "read" / "care.csv").exists()
    with pytest.raises(PermissionError):
        client.open("new.csv", "w")
    transport.close()


@pytest.mark.parametrize("also", [SFTP_FLAG_TRUNC, SFTP_FLAG_CREATE])
def test_opening_to_read_changes_nothing(server: tuple[Path, int], also: int) -> None:
    """Who may only read cannot empty or make a file either by asking for that while opening one to read."""
    folder, port = server
    transport = log_in(port, "care", password(folder))
    client = paramiko.SFTPClient.from_transport(transport)
    for name in ("care.csv", "new.csv"):
        with pytest.raises(PermissionError):
            client._request(CMD_OPEN, name.encode(), SFTP_FLAG_READ | also, paramiko.SFTPAttributes())
    assert (folder / "care" / "care.csv").stat().st_size == len("of care\n") * 50_000
    assert not (folder / "care" / "new.csv").exists()
    transport.close()


@pytest.mark.parametrize(("user", "given"), [("care", "wrong"), ("root", None)])
def test_strangers_are_refused(server: tuple[Path, int], user: str, given: str | None) -> None:
    """A wrong password or an unknown user does not get in."""
    folder, port = server
    with pytest.raises(paramiko.AuthenticationException):
        log_in(port, user, given or password(folder))


def test_key_and_password_are_kept_and_private(tmp_path: Path) -> None:
    """A second run has the same host key and password, and only the owner can read them."""
    sftp.prepare(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    sftp.prepare(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    for name in ("host_key", "password"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0


def test_the_server_is_gone_afterwards(tmp_path: Path) -> None:
    """After the context no port is open."""
    with sftp.serve(tmp_path, ("care",)) as port:
        pass
    with pytest.raises(paramiko.SSHException, match="Unable to connect"):
        paramiko.Transport((sftp.HOST, port))


def test_who_may_write_replaces_a_file_in_one_step(tmp_path: Path) -> None:
    """The roster package's user writes under a temporary name and renames over what is there; others may not write."""
    (tmp_path / "care").mkdir()
    with sftp.serve(tmp_path, ("care",), ("roster",)) as port:
        transport = log_in(port, "roster", password(tmp_path))
        client = paramiko.SFTPClient.from_transport(transport)
        for text in ("first\n", "second, longer\n" * 5_000):
            with client.open("r.csv.part", "wb") as file:
                file.set_pipelined(True)
                file.write(text)
            assert client.stat("r.csv.part").st_size == len(text)
            client.posix_rename("r.csv.part", "r.csv")
            assert (tmp_path / "roster" / "r.csv").read_text() == text
        assert client.listdir(".") == ["r.csv"]
        with client.open("r.csv", "rb") as file:
            assert file.read().startswith(b"second")
        transport.close()
        other = log_in(port, "care", password(tmp_path))
        with pytest.raises(PermissionError):
            paramiko.SFTPClient.from_transport(other).open("x.csv", "wb")
        other.close()
