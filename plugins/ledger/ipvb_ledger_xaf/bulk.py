"""Many transactions at once, as columns: the fast way to what walking the tree would give.

The tree of complete transactions is written out again by the XML library itself. That text is uniform: no remarks, no
CDATA, no entities but three, and every ``<`` begins an element. It is cut at the ends of transactions and the starts of
lines, and each piece must then match, whole, the grammar of a transaction of leaves. A piece that does not (elements
out of order, attributes, elements in elements other than VAT and currency) is parsed again and walked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import polars as pl

from ipvb_ledger_xaf.vocabulary import Vocabulary

LINE_TEXTS = ("line_nr", "account", "amount", "side", "debit", "credit", "centre", "effective")
HEAD_TEXTS = ("entry_nr", "period", "date")


@dataclass(frozen=True, slots=True)
class Text:
    """Complete transactions of one journal as written out: ``count`` of them, the first with ordinal ``first``.

    ``opening`` is the start tag they stood in, with the namespaces it declares.
    """

    first: int
    count: int
    journal: int
    prefix: str
    opening: str
    body: str


@dataclass(frozen=True, slots=True)
class Cut:
    """``heads`` (transaction, journal, HEAD_TEXTS) and ``lines`` (transaction, LINE_TEXTS), all text as it stands;
    ``odd``: pieces to be walked: (ordinal, journal, XML of the transaction in its surroundings)."""

    heads: pl.DataFrame
    lines: pl.DataFrame
    odd: list[tuple[int, int, str]]


@dataclass(frozen=True, slots=True)
class _Grammar:
    start: str
    end: str
    line: str
    head_pattern: str
    line_pattern: str
    fields: Mapping[str, str]


@cache
def _grammar(prefix: str, line: str, words: Vocabulary) -> _Grammar:
    p = f"{prefix}:" if prefix else ""
    q = re.escape(p)
    leaf = rf"\s*<{q}[A-Za-z]+(?:/>|>[^<]*</{q}[A-Za-z]+>)"
    inner = rf"\s*<{q}(?:vat|cur)[A-Za-z]+(?:/>|>[^<]*</{q}[A-Za-z]+>)"
    nested = rf"\s*<{q}(?:vat|currency)>(?:{inner})*\s*</{q}(?:vat|currency)>"
    names = {meaning: getattr(words, meaning) for meaning in (*LINE_TEXTS, *HEAD_TEXTS)}
    return _Grammar(
        start=f"<{p}{line}>",
        end=f"</{p}transaction>",
        line=f"</{p}{line}>",
        head_pattern=rf"^\s*<{q}transaction>(?:{leaf})*\s*$",
        line_pattern=rf"^(?:{leaf}|{nested})*\s*</{q}{line}>\s*$",
        fields={meaning: rf"<{q}(?:{'|'.join(found)})>([^<]*)<" for meaning, found in names.items() if found},
    )


def cut(texts: list[Text], words: Vocabulary) -> Cut:
    """Cut the texts of any number of journals; all of one prefix are done together."""
    done = [_cut(group, words) for group in _groups(texts)]
    return Cut(
        pl.concat([part.heads for part in done]),
        pl.concat([part.lines for part in done]),
        [piece for part in done for piece in part.odd],
    )


def names(text: Text, words: Vocabulary) -> str:
    """The names of the elements in the first line of a text, for a message."""
    line = rf"(?:\w+:)?(?:{'|'.join(words.line)})>"
    first = re.search(rf"<{line}(.*?)</{line}", text.body, re.DOTALL)
    return ", ".join(re.findall(r"<(?:\w+:)?([A-Za-z]+)", first[1])) if first else ""


def _groups(texts: list[Text]) -> list[list[Text]]:
    groups: list[list[Text]] = []
    for text in texts:
        if groups and groups[-1][0].prefix == text.prefix:
            groups[-1].append(text)
        else:
            groups.append([text])
    return groups


def _cut(texts: list[Text], words: Vocabulary) -> Cut:
    prefix = f"{texts[0].prefix}:" if texts[0].prefix else ""
    present = [name for name in words.line if any(f"<{prefix}{name}>" in text.body for text in texts)]
    grammar = _grammar(texts[0].prefix, present[0] if present else words.line[0], words)
    pieces = (
        pl.DataFrame(
            {
                "text": range(len(texts)),
                "first": [text.first for text in texts],
                "count": [text.count for text in texts],
                "journal": [text.journal for text in texts],
                "piece": [text.body for text in texts],
            },
            schema={
                "text": pl.UInt32,
                "first": pl.UInt32,
                "count": pl.UInt32,
                "journal": pl.UInt32,
                "piece": pl.String,
            },
        )
        .with_columns(pl.col("piece").str.split(grammar.end))
        .with_columns(pl.col("piece").list.head(pl.col("count")), number=pl.int_ranges(0, "count", dtype=pl.UInt32))
        .explode("piece", "number")
        .select("text", "journal", "piece", transaction=pl.col("first") + pl.col("number"))
    )
    parts = (
        pieces.with_columns(pl.col("piece").str.split(grammar.start))
        .explode("piece")
        .with_columns(head=pl.col("transaction").ne_missing(pl.col("transaction").shift()))
    )
    heads, lines = parts.filter("head"), parts.filter(~pl.col("head"))
    bad = pl.concat(
        [
            heads.filter(~pl.col("piece").str.contains(grammar.head_pattern)).get_column("transaction"),
            lines.filter(~pl.col("piece").str.contains(grammar.line_pattern)).get_column("transaction"),
        ]
    ).unique()
    odd: list[tuple[int, int, str]] = []
    if bad.len():
        pick = pl.col("transaction").is_in(bad.implode())
        for row in pieces.filter(pick).sort("transaction").iter_rows(named=True):
            text = texts[row["text"]]
            closing = f"</{text.opening[1:].split()[0].rstrip('>')}>"
            odd.append((row["transaction"], row["journal"], text.opening + row["piece"] + grammar.end + closing))
        heads, lines = heads.filter(~pick), lines.filter(~pick)
    heads = heads.select("transaction", "journal", *_extract(grammar, HEAD_TEXTS))
    # The effective date of a line stands in only for a transaction without a date.
    dated = heads.select((pl.col("date").str.strip_chars() > "").fill_null(value=False).all()).item()
    wanted = [meaning for meaning in LINE_TEXTS if not (dated and meaning == "effective")]
    lines = lines.select("transaction", *_extract(grammar, tuple(wanted)))
    if dated:
        lines = lines.with_columns(effective=pl.lit(None, pl.String))
    return Cut(heads, lines, odd)


def _extract(grammar: _Grammar, meanings: tuple[str, ...]) -> list[pl.Expr]:
    return [
        pl.col("piece").str.extract(grammar.fields[meaning]).alias(meaning)
        if meaning in grammar.fields
        else pl.lit(None, pl.String).alias(meaning)
        for meaning in meanings
    ]
