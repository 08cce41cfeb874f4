"""What the page says about its own figures: findings, rows held back, completeness and unmapped codes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.core.validation import explain
from ipvb_bridge.reports.numbers import figures, share, tight
from ipvb_bridge.reports.terms import Terms

Row = Mapping[str, Any]
_ORDER = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class Remark:
    """One finding as it is read: ``place`` (a unit's name), ``subject``, and ``figures`` its sentence does not say."""

    severity: str
    explanation: str
    next_step: str
    place: str
    subject: str
    figures: Sequence[str]


@dataclass(frozen=True, slots=True)
class Rule:
    """The findings of one rule, the weightiest first. ``shown`` stand on the page, ``folded`` behind a fold."""

    code: str
    title: str
    severity: str
    shown: Sequence[Remark]
    folded: Sequence[Remark]

    @property
    def number(self) -> int:
        """How many findings."""
        return len(self.shown) + len(self.folded)


def family(terms: Terms) -> pl.Expr:
    """Under which heading a finding stands: its rule, or the letters of an adapter's code, which alone says little."""
    letters = pl.col("rule").str.strip_chars_end("0123456789")
    return pl.when(pl.col("rule").is_in(list(terms.rules))).then(pl.col("rule")).otherwise(letters).alias("family")


def rules(findings: pl.DataFrame, names: Mapping[str, str], terms: Terms, shown: int = 6) -> list[Rule]:
    """The findings of result table ``findings``, grouped by rule: rules with an error first. ``names`` of units."""
    made = []
    for (code,), group in findings.group_by(family(terms)):
        own = sorted(
            group.iter_rows(named=True),
            key=lambda row: (
                _rank(row["severity"]),
                -abs(row["amount_cents"] or 0),
                -abs(row["milliminutes"] or 0),
                row["rule"],
                row["subject"] or "",
            ),
        )
        made.append(
            Rule(
                code,
                terms.rule(code),
                own[0]["severity"],
                [_remark(row, names, terms) for row in own[:shown]],
                [_remark(row, names, terms) for row in own[shown:]],
            )
        )
    return sorted(made, key=lambda rule: (_rank(rule.severity), rule.code))


def _remark(row: Row, names: Mapping[str, str], terms: Terms) -> Remark:
    text = tight(row["explanation"])
    subject = row["subject"] or ""
    known = subject in terms.levels or re.search(rf"\b{re.escape(subject)}\b", text)
    amount, time = row["amount_cents"], row["milliminutes"]
    # The sentence is Dutch, whatever the page is: what it says already is not said again.
    dutch, written = figures("nl"), figures(terms.language)
    said = []
    if amount is not None and dutch.euro(abs(amount)) not in text:
        said.append(written.euro(amount))
    if time is not None and f"{dutch.hours(abs(time))} uur" not in text:
        said.append(str(terms("hours.of", hours=written.hours(time))))
    return Remark(
        row["severity"],
        text,
        tight(row["next_step"]),
        names.get(row["unit_id"] or "", row["unit_id"] or ""),
        "" if known else subject,
        said,
    )


def _rank(severity: str) -> int:
    return _ORDER.index(severity) if severity in _ORDER else len(_ORDER)


def counts(findings: pl.DataFrame) -> list[tuple[str, int]]:
    """How many findings of each severity: errors first, nothing of what there is none of."""
    found = dict(findings.group_by("severity").len().iter_rows())
    return [(name, found[name]) for name in _ORDER if found.get(name)]


@dataclass(frozen=True, slots=True)
class Held:
    """One row that was held back: where it stood, why, and what to do."""

    stream: str
    position: str
    source_id: str
    reason: str
    next_step: str


def held(frame: pl.DataFrame | None, terms: Terms) -> list[Held]:
    """Rows of quarantine (stream, position, source_id, column, code, seen), in the order of their place."""
    if frame is None:
        return []
    made = []
    for row in frame.sort("stream", "position").iter_rows(named=True):
        table = STREAMS[row["stream"]]
        reason, next_step = explain(table, row["code"], row["column"], row["seen"] or "", terms.language)
        made.append(
            Held(terms.streams.get(table.name, table.name), row["position"], row["source_id"] or "", reason, next_step)
        )
    return made


@dataclass(frozen=True, slots=True)
class Filled:
    """How a column was filled: rows read, mapped, supplemented and missing, and their widths in the bar."""

    stream: str
    column: str
    rows: int
    figures: Mapping[str, int]
    widths: Mapping[str, float]


def completeness(frame: pl.DataFrame, terms: Terms) -> list[Filled]:
    """The result table ``completeness``; columns that the source filled wholly are left out."""
    names = ("read", "mapped", "supplemented", "missing")
    made = []
    for row in frame.sort("stream", "column").iter_rows(named=True):
        if row["rows"] and row["read"] < row["rows"]:
            figures = {name: row[name] for name in names}
            made.append(
                Filled(
                    terms.streams.get(row["stream"], row["stream"]),
                    terms.columns.get(row["column"], row["column"]),
                    row["rows"],
                    figures,
                    {name: share(figures[name], row["rows"]) for name in names},
                )
            )
    return made
