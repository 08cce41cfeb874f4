"""Findings: what a check has to say, as data. They are reported, never raised."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import polars as pl

Severity = Literal["info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. ``explanation`` and ``next_step`` are Dutch sentences a reader understands without the code.

    ``rule`` is R01-R10 of method.md section 7, or a code of the adapter or plug-in that found it. ``subject`` is the
    id it is about (resident, contract, entry, account), never a name. Amounts are cents, times milliminutes.
    """

    rule: str
    severity: Severity
    explanation: str
    next_step: str
    unit_id: str | None = None
    subject: str | None = None
    amount_cents: int | None = None
    milliminutes: int | None = None


def schema() -> pl.Schema:
    """The frame schema of findings, columns in the order of reports."""
    import polars as pl

    return pl.Schema(
        {
            "rule": pl.String(),
            "severity": pl.String(),
            "unit_id": pl.String(),
            "subject": pl.String(),
            "amount_cents": pl.Int64(),
            "milliminutes": pl.Int64(),
            "explanation": pl.String(),
            "next_step": pl.String(),
        }
    )


def frame(findings: Iterable[Finding]) -> pl.DataFrame:
    """The findings as a frame of :func:`schema`, in the order given."""
    import polars as pl

    return pl.DataFrame([asdict(finding) for finding in findings], schema=schema())


def of_rows(
    rows: pl.DataFrame,
    rule: str,
    severity: Severity,
    explanation: pl.Expr | str,
    next_step: str,
    *,
    unit_id: str | None = None,
    subject: str | None = None,
    amount_cents: str | None = None,
    milliminutes: str | None = None,
) -> pl.DataFrame:
    """A finding for each row, as a frame of :func:`schema`; the fields name the columns that fill them."""
    import polars as pl

    given = {"unit_id": unit_id, "subject": subject, "amount_cents": amount_cents, "milliminutes": milliminutes}
    text = pl.lit(explanation) if isinstance(explanation, str) else explanation
    return rows.select(
        rule=pl.lit(rule),
        severity=pl.lit(severity),
        **{name: pl.lit(None) if column is None else pl.col(column) for name, column in given.items()},
        explanation=text,
        next_step=pl.lit(next_step),
    ).select(pl.col(name).cast(kind) for name, kind in schema().items())
