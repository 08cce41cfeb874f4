"""Proposals for mapping rows that are missing; a person decides. By RGS prefix, likeness of names, number range."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import polars as pl

from ipvb_bridge.core.records import DELIVERY_FORMS, HOUR_KINDS, MAPPINGS
from ipvb_bridge.core.settings import MethodSettings
from ipvb_bridge.core.suggest_words import DELIVERY_FORM_WORDS, HOUR_KIND_WORDS, LEVEL_WORDS, POOL_WORDS, RGS

SUGGESTIONS = pl.Schema(
    {"mapping": pl.String(), "code": pl.String(), "name": pl.String(), "proposed": pl.String(), "reason": pl.String()}
)
"""One row an unmapped code; ``proposed`` is empty when nothing resembles it; ``reason`` is in Dutch."""

ALIKE = 0.75
"""From this ratio of matching characters two names are alike (difflib)."""

_SHORT = 4
_RANGE = 2  # digits: accounts of one group of a decimal chart share their first two


@dataclass(frozen=True, slots=True)
class _Known:
    """A code that has a mapping row: what it is mapped to, and its name if it has one."""

    code: str
    name: str
    value: str


def suggest(
    accounts: pl.DataFrame,
    cost_centres: pl.DataFrame,
    contracts: pl.DataFrame,
    unmapped: pl.DataFrame,
    mappings: Mapping[str, pl.DataFrame],
    settings: MethodSettings,
) -> pl.DataFrame:
    """A proposal for each code of ``unmapped`` (core.mapping.UNMAPPED), as a frame of :data:`SUGGESTIONS`.

    For accounts: the RGS code's longest known prefix, else the name most like that of a mapped account, else what the
    nearest mapped accounts of the same range are when they agree. For cost centres: names, words, range. For functions
    (``contracts`` has them), hour kinds and delivery forms: names and words. Activity codes get no proposal.
    """
    names = {
        "accounts": _names(accounts, "account_id"),
        "cost_centres": _names(cost_centres, "cost_centre_id"),
        "functions": {function: function for function in contracts["function"].drop_nulls().unique()},
    }
    rgs = dict(accounts.select("account_id", "rgs_code").drop_nulls().iter_rows())
    rows = []
    for mapping, code in unmapped.select("mapping", "code").sort("mapping", "code").iter_rows():
        name = names.get(mapping, {}).get(code, "")
        known = _known(mapping, mappings, names.get(mapping, {}))
        proposed, reason = _propose(mapping, code, name, rgs.get(code, ""), known, settings)
        rows.append((mapping, code, name or None, proposed, reason))
    return pl.DataFrame(rows, schema=SUGGESTIONS, orient="row")


def _names(rows: pl.DataFrame, key: str) -> dict[str, str]:
    return dict(rows.select(key, pl.col("name").fill_null("")).iter_rows())


def _known(mapping: str, mappings: Mapping[str, pl.DataFrame], names: Mapping[str, str]) -> list[_Known]:
    """The codes that have a row: for accounts those of the chart that fall in a range, in order of their code."""
    table = mappings.get(mapping)
    if table is None or mapping not in {"accounts", "cost_centres", "functions"}:
        return []
    if mapping == "accounts":
        ranges = list(table.select("account_from", "account_to", "category").iter_rows())
        found = [
            _Known(code, name, category)
            for code, name in names.items()
            for first, last, category in ranges
            if first <= code <= last
        ]
    else:
        value = MAPPINGS[mapping].columns[1].name
        rows = table.select(MAPPINGS[mapping].key[0], value).drop_nulls().iter_rows()
        found = [_Known(code, names.get(code, code), mapped) for code, mapped in rows]
    return sorted(set(found), key=lambda known: (known.code, known.value))


def _propose(
    mapping: str, code: str, name: str, rgs: str, known: Sequence[_Known], settings: MethodSettings
) -> tuple[str | None, str]:
    """The first proposal that anything gives, with its reason."""
    tries: list[tuple[str, str] | None] = []
    if mapping == "accounts":
        tries = [_by_rgs(rgs), _by_name(name, known), _by_range(code, known)]
    elif mapping == "cost_centres":
        pools = {*settings.cost_price.pools, "none"}
        words = ((pool, terms) for pool, terms in POOL_WORDS.items() if pool in pools)
        tries = [_by_name(name, known), _by_words(name, words), _by_range(code, known)]
    elif mapping == "functions":
        tries = [_by_name(code, known), _by_words(code, LEVEL_WORDS)]
    elif mapping == "hour_kinds":
        tries = [_by_words(code, HOUR_KIND_WORDS.items()), _by_likeness(code, HOUR_KINDS)]
    elif mapping == "delivery_forms":
        tries = [_by_words(code, DELIVERY_FORM_WORDS.items()), _by_likeness(code, DELIVERY_FORMS)]
    return next((given for given in tries if given is not None), (None, "niets gevonden dat hierop lijkt"))


def _by_rgs(rgs: str) -> tuple[str, str] | None:
    for length in range(len(rgs), 0, -1):
        if rgs[:length] in RGS:
            return RGS[rgs[:length]], f"RGS-code {rgs} valt onder {rgs[:length]}"
    return None


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def _by_name(name: str, known: Sequence[_Known]) -> tuple[str, str] | None:
    if not name:
        return None
    scored = [(SequenceMatcher(None, _plain(name), _plain(one.name)).ratio(), one) for one in known if one.name]
    ratio, best = max(scored, key=lambda pair: pair[0], default=(0.0, None))
    if best is None or ratio < ALIKE:
        return None
    return best.value, f"naam lijkt op {best.code} {best.name}".rstrip()


def _by_words(name: str, words: Iterable[tuple[str, Sequence[str]]]) -> tuple[str, str] | None:
    plain = f" {_plain(name)} "
    for value, terms in words:
        for term in terms:
            # A longer word may be the head of a compound (gebouwkosten); a short one (was, hr) stands alone.
            if f" {_plain(term)}{' ' if len(term) < _SHORT else ''}" in plain:
                return value, f"naam bevat '{term}'"
    return None


def _by_likeness(code: str, values: Sequence[str]) -> tuple[str, str] | None:
    return _by_name(code, [_Known(value, value, value) for value in values])


def _by_range(code: str, known: Sequence[_Known]) -> tuple[str, str] | None:
    """What the nearest mapped codes below and above in the same range are mapped to, when they agree."""
    near = [one for one in known if one.code[:_RANGE] == code[:_RANGE] and len(one.code) == len(code)]
    below = [one for one in near if one.code < code][-1:]
    above = [one for one in near if one.code > code][:1]
    neighbours = below + above
    if not neighbours or len({one.value for one in neighbours}) > 1:
        return None
    return neighbours[0].value, f"ligt in de reeks van {' en '.join(one.code for one in neighbours)}"
