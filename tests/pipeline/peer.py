"""The adapter ``peer``: another system that keeps what it is sent in a folder, and fails as a test asks.

It writes down every effect it has, and does not look whether a key is there already: what has an effect twice shows.
Faults stand in the file ``faults``, one a line, used up one by one by ``deliver``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict

from ipvb_bridge.base.canonical import digest
from ipvb_bridge.base.errors import CredentialsError, PeerError
from ipvb_bridge.plugin import Adapter, CheckStep, Destination, Offer, Outgoing, Receipt, Window, hookimpl, messages


class Config(BaseModel):
    model_config = ConfigDict(extra="forbid")

    path: str
    ready: bool = True


class Peer(Adapter[Config]):
    """A system that can be written to."""

    name = "peer"
    kind = "ecd"
    Config = Config

    @property
    def folder(self) -> Path:
        return self.context.folder / self.config.path

    def streams(self) -> Sequence[Offer]:
        return ()

    def check(self) -> Iterator[CheckStep]:
        yield CheckStep("there", ok=True)

    def pull(self, stream: str, window: Window, cursor: Any) -> Iterator[Any]:
        yield from ()

    def targets(self) -> Sequence[Destination]:
        kinds = ("resident_statement", "monthly_conversation", "roster", "care_today")
        return [Destination(kind, self.config.ready, "" if self.config.ready else "not switched on") for kind in kinds]

    def find(self, key: str, kind: str) -> Receipt | None:
        note(self.folder, "asked", key)
        if (self.folder / "away").exists():
            raise PeerError(messages.LOST, where="peer", seen="away")
        path = self.folder / "held" / quote(key, safe="")
        if not path.exists():
            return None
        return Receipt(key, f"peer:{key}", digest(json.loads(path.read_text("utf-8"))))

    def deliver(self, outgoing: Outgoing) -> Receipt:
        fault = self._fault()
        if fault == "refuse login":
            raise CredentialsError(messages.LOGIN_REFUSED, where="peer", seen="401", user="bridge")
        if fault == "raise":
            raise ZeroDivisionError
        if fault == "drop before" or (self.folder / "away").exists():
            raise PeerError(messages.LOST, where="peer", seen="dropped")
        if fault == "die before":
            os._exit(9)
        note(self.folder, "effects", f"{outgoing.key} {outgoing.digest}")
        held = self.folder / "held"
        held.mkdir(parents=True, exist_ok=True)
        said = {**outgoing.data, "care_cents": -1} if fault == "distort" else outgoing.data
        (held / quote(outgoing.key, safe="")).write_text(json.dumps(said), "utf-8")
        if fault == "drop after":
            raise PeerError(messages.LOST, where="peer", seen="dropped")
        if fault == "die after":
            os._exit(9)
        receipt = self.find(outgoing.key, outgoing.kind)
        assert receipt is not None
        return receipt

    def _fault(self) -> str:
        path = self.folder / "faults"
        left = path.read_text("utf-8").splitlines() if path.exists() else []
        if left:
            path.write_text("\n".join(left[1:]), "utf-8")
        return left[0] if left else ""


def note(folder: Path, name: str, line: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("a", encoding="utf-8") as file:
        file.write(line + "\n")


@hookimpl
def ipvb_adapters() -> list[type[Adapter[Any]]]:
    return [Peer]
