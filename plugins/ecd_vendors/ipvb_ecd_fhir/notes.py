"""What is noticed while reading: counted per message, told once with the first few records."""

from __future__ import annotations

from collections.abc import Mapping

from ipvb_bridge.base.messages import Message
from ipvb_bridge.plugin import Finding, Severity
from ipvb_ecd_fhir import messages

_SHOWN = 10
_INFO = {messages.ROUNDED.code, messages.RESTORED.code}


class Notes:
    """Collects what a stream's reading notices; ``what`` names the kind of record."""

    def __init__(self, what: str) -> None:
        self.what = what
        self._seen: dict[str, tuple[Message, dict[str, None]]] = {}

    def add(self, message: Message, which: str) -> None:
        """Note one record, by its place (``CarePlan/12``) or what it is about; never a name."""
        self._seen.setdefault(message.code, (message, {}))[1][which] = None

    def findings(self) -> list[Finding]:
        """One finding for each message, in the order of the codes."""
        return [self._finding(message, which) for _, (message, which) in sorted(self._seen.items())]

    def _finding(self, message: Message, which: Mapping[str, None]) -> Finding:
        shown = ", ".join(list(which)[:_SHOWN]) + (" ..." if len(which) > _SHOWN else "")
        fields = {"count": len(which), "what": self.what, "which": shown}
        severity: Severity = "info" if message.code in _INFO else "warning"
        subject = next(iter(which)) if len(which) == 1 else None
        return Finding(
            message.code, severity, message.text("nl", **fields), message.next_step("nl", **fields), subject=subject
        )
