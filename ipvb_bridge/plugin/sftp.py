"""SFTP: a session with a server whose key is pinned, and the drop of files on it.

The order of things is the safety: name, port, the server's key (compared with the pinned one), and only then the
login. paramiko's transport is used as such: it has no policy that could accept an unknown server.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import paramiko

from ipvb_bridge.base.errors import BridgeError, CredentialsError, PeerError
from ipvb_bridge.plugin import messages
from ipvb_bridge.plugin.adapter import CheckStep
from ipvb_bridge.plugin.host_keys import fingerprint, pinned, refuse_other
from ipvb_bridge.plugin.sftp_config import SftpConfig

# Without any handler, Python prints what paramiko reports of a lost connection as a traceback on the terminal.
logging.getLogger("paramiko").addHandler(logging.NullHandler())

_RSA = ("rsa-sha2-512", "rsa-sha2-256")


def address(config: SftpConfig) -> str:
    """``sftp://host:port``, for messages."""
    return f"sftp://{config.host}:{config.port}"


@contextmanager
def session(config: SftpConfig, folder: Path) -> Iterator[paramiko.SFTPClient]:
    """A session that is logged in. ``folder`` is the configuration folder, for files that the settings name.

    Raises :class:`CredentialsError` (unknown or changed host key, before any login; login refused; no right) and
    :class:`PeerError` (name, port, silence, connection lost), also for what happens inside the ``with``.
    """
    keys = pinned(config, folder)
    with _translated(config):
        transport = connect(config, keys)
        try:
            trust(transport, config, keys)
            login(transport, config, folder)
            yield client(transport, config)
        finally:
            transport.close()


def check(config: SftpConfig, folder: Path) -> Iterator[CheckStep]:
    """The steps up to a login: host key, name, port, server, login. The first failing step is the last."""
    transport: paramiko.Transport | None = None
    name = "pinned key"
    try:
        keys = pinned(config, folder)
        yield CheckStep(name, ok=True, seen=", ".join(fingerprint(each) for each in keys))
        with _translated(config):
            name = "name"
            resolve(config)
            yield CheckStep(name, ok=True, seen=config.host)
            name = "port"
            transport = connect(config, keys)
            yield CheckStep(name, ok=True, seen=str(config.port))
            name = "host key"
            trust(transport, config, keys)
            yield CheckStep(name, ok=True, seen=fingerprint(transport.get_remote_server_key().asbytes()))
            name = "login"
            login(transport, config, folder)
            yield CheckStep(name, ok=True, seen=config.user)
    except BridgeError as error:
        yield CheckStep(name, ok=False, seen=error.seen, error=error)
    finally:
        if transport is not None:
            transport.close()


def resolve(config: SftpConfig) -> None:
    """Look the server's name up. Raises :class:`PeerError`."""
    try:
        socket.getaddrinfo(config.host, config.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise PeerError(messages.NAME_UNKNOWN, where=address(config), seen=config.host) from error


def connect(config: SftpConfig, keys: dict[bytes, str]) -> paramiko.Transport:
    """A TCP connection, nothing said yet. Of several host keys the server is asked for one of a pinned type."""
    resolve(config)
    try:
        sock = socket.create_connection((config.host, config.port), timeout=config.timeout_seconds)
    except TimeoutError as error:
        raise _silent(config) from error
    except OSError as error:
        raise PeerError(messages.UNREACHABLE, where=address(config), seen=error.strerror or str(error)) from error
    transport = paramiko.Transport(sock)
    transport.auth_timeout = transport.channel_timeout = config.timeout_seconds
    # Longer than trust() waits for the whole: a silent server is to be told from one that is no SSH server.
    transport.banner_timeout = transport.handshake_timeout = 2 * config.timeout_seconds
    options = transport.get_security_options()
    wanted = [each for kind in keys.values() for each in (_RSA if kind == "ssh-rsa" else (kind,))]
    offered = list(options.key_types)
    # The other types stay behind them: a server without a pinned key shows what it has, and the message can name it.
    options.key_types = [each for each in wanted if each in offered] + [each for each in offered if each not in wanted]
    return transport


def trust(transport: paramiko.Transport, config: SftpConfig, keys: dict[bytes, str]) -> None:
    """Agree on keys and compare the server's own with the pinned ones. Nothing about the user is sent."""
    try:
        transport.start_client(timeout=config.timeout_seconds)
        shown = transport.get_remote_server_key().asbytes()
    except (paramiko.SSHException, EOFError, OSError) as error:
        if transport.is_active():  # the handshake runs on: its time is over
            raise _silent(config) from error
        raise PeerError(messages.NOT_SSH, where=address(config), seen=_said(error)) from error
    refuse_other(shown, keys, config)


def login(transport: paramiko.Transport, config: SftpConfig, folder: Path) -> None:
    """Log in with password or key.

    A server that hangs up on a login counts as one that refuses it: trying again could lock the account.
    """
    try:
        if config.password is not None:
            transport.auth_password(config.user, config.password.get_secret_value())
        else:
            transport.auth_publickey(config.user, _private_key(config, folder))
    except paramiko.BadAuthenticationType as error:
        seen = "takes " + ", ".join(error.allowed_types)
        raise _refused(config, seen) from error
    except paramiko.AuthenticationException as error:
        if "timeout" in str(error).lower():
            raise _silent(config) from error
        raise _refused(config, str(error)) from error


def client(transport: paramiko.Transport, config: SftpConfig) -> paramiko.SFTPClient:
    """The SFTP subsystem of a session that is logged in."""
    made = paramiko.SFTPClient.from_transport(transport)
    assert made is not None  # from_transport gives None only for a channel that was refused, which raises
    channel = made.get_channel()
    assert channel is not None
    channel.settimeout(config.timeout_seconds)
    return made


def _private_key(config: SftpConfig, folder: Path) -> paramiko.PKey:
    path = folder / (config.key_file or Path()).expanduser()
    # from_path hands the passphrase on to a function that takes bytes only, whatever its own signature says.
    phrase: Any = config.key_passphrase.get_secret_value().encode() if config.key_passphrase else None
    try:
        return paramiko.PKey.from_path(path, phrase)
    except (OSError, paramiko.SSHException, ValueError, TypeError) as error:
        seen = error.strerror if isinstance(error, OSError) and error.strerror else _said(error)
        raise CredentialsError(messages.KEY_FILE, where=str(path), seen=seen) from error


@contextmanager
def _translated(config: SftpConfig) -> Iterator[None]:
    """What the network and paramiko raise, in the words of the error tree."""
    try:
        yield
    except BridgeError:
        raise
    except TimeoutError as error:
        raise _silent(config) from error
    except PermissionError as error:
        raise CredentialsError(messages.NO_RIGHT, where=address(config), seen="use", user=config.user) from error
    except (paramiko.SSHException, EOFError, OSError) as error:
        raise PeerError(messages.LOST, where=address(config), seen=_said(error)) from error


def _silent(config: SftpConfig) -> PeerError:
    return PeerError(messages.SILENT, where=address(config), seen=f"{config.timeout_seconds:g}")


def _refused(config: SftpConfig, seen: str) -> CredentialsError:
    return CredentialsError(messages.LOGIN_REFUSED, where=address(config), seen=seen, user=config.user)


def _said(error: BaseException) -> str:
    """An exception in a few words; some of paramiko's say nothing."""
    return str(error).partition("\n")[0] or type(error).__name__
