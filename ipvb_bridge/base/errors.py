"""The error tree, by what the engine must do: stop, try again later, hold the delivery back, or mark the run.

Findings of reconciliation are data (:mod:`ipvb_bridge.core.findings`) and never raised.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ipvb_bridge.base.messages import Language, Message, language


class BridgeError(Exception):
    """A message with its place: code, what, where, what was seen, and the next step.

    ``where`` is a place the reader can open (``bridge.toml:12``, ``sftp://host/path``, ``hours.csv:40``); ``seen`` is
    what stood there, never a personal or secret value; ``fields`` fill the message's template.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: Message, *, where: str = "", seen: str = "", **fields: object) -> None:
        self.message = message
        self.where = where
        self.seen = seen
        self.fields = {"where": where, "seen": seen, **fields}
        super().__init__(f"{message.code}: {message.text('en', **self.fields)}")

    @property
    def code(self) -> str:
        """The message's stable code."""
        return self.message.code

    def what(self, lang: Language | None = None) -> str:
        """What happened, in the reader's language."""
        return self.message.text(lang or language(), **self.fields)

    def next_step(self, lang: Language | None = None) -> str:
        """What to do now, in the reader's language."""
        return self.message.next_step(lang or language(), **self.fields)

    def problems(self) -> Sequence[BridgeError]:
        """The single problems this error stands for: itself, unless it gathers several."""
        return (self,)


class UsageError(BridgeError):
    """The command was not given as it should be."""

    exit_code = 2


class ConfigurationError(BridgeError):
    """Stop: a file of the configuration folder is wrong."""

    exit_code = 3


class ConfigurationErrors(ConfigurationError):
    """Everything that is wrong with the configuration, said at once."""

    def __init__(self, found: Sequence[ConfigurationError]) -> None:
        first = found[0]
        super().__init__(first.message, **first.fields)  # type: ignore[arg-type]  # fields hold where and seen too
        self._found = tuple(found)

    def problems(self) -> Sequence[BridgeError]:
        """Each problem, in the order of the files."""
        return self._found


class CredentialsError(BridgeError):
    """Stop: a login, a key or a right is refused; trying again would not help and may lock the account."""

    exit_code = 4


class PeerError(BridgeError):
    """Try again later: the other system is away, slow or broke off."""

    exit_code = 5


class DataError(BridgeError):
    """Hold back: the delivery cannot be trusted as a whole; nothing of it turns current, the cursor stays."""

    exit_code = 6


class SignatureNeeded(BridgeError):
    """Stop: what is to be written waits for a signature; nothing was sent."""

    exit_code = 7


class RunError(BridgeError):
    """The run failed on our side: the store, the disk, or an adapter that raised."""

    exit_code = 1


class CalculationError(BridgeError):
    """A calculation stops because its answer would be wrong: unmapped money, a level without a price.

    ``lines`` names each cause (code, rows, amount) for the reader.
    """

    exit_code = 1

    def __init__(
        self, message: Message, *, where: str = "", seen: str = "", lines: Sequence[str] = (), **fields: object
    ) -> None:
        super().__init__(message, where=where, seen=seen, **fields)
        self.lines = tuple(lines)
