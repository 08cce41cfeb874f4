"""Errors of the database drivers, told as ours: what happened, where, and what to do."""

from __future__ import annotations

import sqlite3

from ipvb_bridge.base.errors import BridgeError, ConfigurationError, CredentialsError, DataError, PeerError, RunError
from ipvb_bridge.store import messages


def told(error: BaseException, where: str) -> BridgeError | None:
    """Our error for a driver's error (or SQLAlchemy's around it), None when it is no driver's error.

    A driver's text is repeated only where it cannot hold a value of a row.
    """
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, sqlite3.Error):
        return _sqlite(cause, where)
    if type(cause).__module__.startswith("psycopg"):
        return _postgresql(cause, where)
    return None


def _sqlite(error: sqlite3.Error, where: str) -> BridgeError:
    name = getattr(error, "sqlite_errorname", "") or type(error).__name__
    text = str(error)
    if name.startswith("SQLITE_FULL"):
        return RunError(messages.DISK_FULL, where=where, seen=text)
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return RunError(messages.READ_ONLY, where=where, seen=text)
    if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return RunError(messages.NOT_A_DATABASE, where=where, seen=text)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return PeerError(messages.LOCKED, where=where, seen=text)
    return RunError(messages.FAILED, where=where, seen=name)


def _postgresql(error: BaseException, where: str) -> BridgeError:
    state = str(getattr(error, "sqlstate", None) or "")
    first = (str(error).splitlines() or [""])[0]
    if state in ("53100", "53200"):
        return RunError(messages.DISK_FULL, where=where, seen=first)
    if state in ("42501", "25006"):
        return RunError(messages.READ_ONLY, where=where, seen=first)
    if state == "3D000" or ("database" in first and "does not exist" in first):
        return ConfigurationError(messages.NO_SUCH_DATABASE, where=where, seen=_short(first))
    if state.startswith("28") or "password" in first or "authentication" in first:
        return CredentialsError(messages.LOGIN_REFUSED, where=where, seen=_short(first))
    if state.startswith(("08", "57")) or (not state and type(error).__name__ == "OperationalError"):
        return PeerError(messages.UNREACHABLE, where=where, seen=_short(first))
    if state in ("22021", "22P05") or "NUL" in first:
        return DataError(messages.UNKEEPABLE, where=where, seen=type(error).__name__)
    if state.startswith(("40", "55P")):
        return PeerError(messages.LOCKED, where=where, seen=state)
    return RunError(messages.FAILED, where=where, seen=f"{type(error).__name__} {state}".strip())


def _short(text: str) -> str:
    """What the server said, without libpq's preamble about the address: ``where`` says that already."""
    return text.rsplit("FATAL:", 1)[-1].rsplit("failed: ", 1)[-1].strip()
