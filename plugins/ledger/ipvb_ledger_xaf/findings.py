"""A finding from a message of the catalogue: its Dutch text and advice."""

from __future__ import annotations

from ipvb_bridge.base.messages import Message
from ipvb_bridge.plugin import Finding, Severity


def finding(
    message: Message,
    severity: Severity,
    *,
    rule: str = "",
    subject: str | None = None,
    amount_cents: int | None = None,
    **fields: object,
) -> Finding:
    """``rule`` is the message's own code unless a rule of the method is meant (R06). ``fields`` fill the template."""
    return Finding(
        rule=rule or message.code,
        severity=severity,
        explanation=message.text("nl", **fields),
        next_step=message.next_step("nl", **fields),
        subject=subject,
        amount_cents=amount_cents,
    )
