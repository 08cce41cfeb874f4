"""The words of a tariff list: profiles, delivery forms, yes and no, and dates, as people write them."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import Decimal

from ipvb_bridge.pipeline.tariff_list.sheets import Cell

_ZZP = (
    re.compile(r"(?<![a-z0-9])0?([1-9]|10) ?([ab])? ?vv(?: ?([ab]))?(?![a-z0-9])"),
    re.compile(r"(?<![a-z0-9])(?:zzp )?vv ?-? ?0?([1-9]|10) ?([ab])?(?![a-z0-9])"),
)
_OTHER_SECTOR = re.compile(
    r"(?<![a-z0-9])(?:0?[0-9]{1,2} ?)?(vg|lg|lvg|sglvg|zgaud|zgvis|zg aud|zg vis|ggz(?: ?[bcw])?)(?![a-z])"
)
_FORMS = {
    "stay": ("stay", "verblijf", "zzp", "intramuraal", "verblijf in instelling", "verblijf in een instelling"),
    "vpt": ("vpt", "volledig pakket thuis"),
    "mpt": ("mpt", "modulair pakket thuis"),
    "pgb": ("pgb", "persoonsgebonden budget"),
    "part_time_stay": ("part time stay", "dtv", "deeltijdverblijf", "deeltijd verblijf"),
}
_YES = frozenset({"ja", "j", "yes", "y", "true", "waar", "1", "x", "incl", "inclusief", "met", "including", "with"})
_NO = frozenset({"nee", "n", "no", "false", "onwaar", "0", "excl", "exclusief", "zonder", "excluding", "without"})
_WITH, _WITHOUT = r"(?:incl(?:usief)?|met|including|with)", r"(?:excl(?:usief)?|zonder|excluding|without)"
_THINGS = {
    "with_treatment": r"(?:behandeling|bh|treatment)",
    "with_day_care": r"(?:dagbesteding|db|day care)",
}


def plain(text: str) -> str:
    """Lower case, without accents and signs, single spaces: how headings and words are compared."""
    bare = unicodedata.normalize("NFKD", text.replace("€", " ")).encode("ascii", "ignore").decode().lower()
    return " ".join(re.sub(r"[^a-z0-9]+", " ", bare).split())


def zzp(text: str, names: dict[str, str]) -> str | None:
    """The care profile that a text names: ``ZZP 5VV``, ``5 vv``, ``VV-05``, its iWlz code or its whole name.

    ``names``: iWlz code or plain name -> profile. None where it names none, or more than one.
    """
    bare = plain(text)
    if bare in names:
        return names[bare]
    found = {
        f"{match[1]}{match[2] or (match[3] if match.re.groups > 2 else '') or ''}VV"
        for pattern in _ZZP
        for match in pattern.finditer(bare)
    }
    return found.pop() if len(found) == 1 else None


def other_sector(text: str) -> str | None:
    """The sector of a profile that is not V&V: ``VG``, ``LG``."""
    match = _OTHER_SECTOR.search(plain(text))
    return match[1].upper() if match else None


def delivery_form(text: str, own: dict[str, str]) -> str | None:
    """Ours of a delivery form as written; ``own``: the codes of mappings/delivery_forms.csv."""
    bare = plain(text)
    return own.get(text) or next((form for form, words in _FORMS.items() if bare in words), None)


def flag(cell: Cell) -> bool | None:
    """Yes or no."""
    if isinstance(cell.value, bool):
        return cell.value
    if isinstance(cell.value, Decimal):
        return {Decimal(1): True, Decimal(0): False}.get(cell.value)
    bare = plain(cell.text)
    return True if bare in _YES else False if bare in _NO else None


def said(text: str, field: str) -> bool | None:
    """What a description says in so many words: ``incl. behandeling`` is yes, ``zonder dagbesteding`` no."""
    bare, thing = plain(text), _THINGS[field]
    joint = r"(?:behandeling|bh|dagbesteding|db|treatment|day care)(?: en | and | )"
    yes = re.search(rf"\b{_WITH} (?:{joint})?{thing}\b", bare)
    no = re.search(rf"\b{_WITHOUT} (?:{joint})?{thing}\b", bare)
    return None if bool(yes) == bool(no) else bool(yes)


def said_form(text: str) -> str | None:
    """The delivery form that a description names: one of VPT, MPT, DTV or verblijf."""
    bare = f" {plain(text)} "
    named = {
        form
        for form, words in _FORMS.items()
        for word in words
        if word not in ("zzp", "stay", "verblijf in instelling", "verblijf in een instelling") and f" {word} " in bare
    }
    return named.pop() if len(named) == 1 else None


def day(cell: Cell) -> dt.date | None:
    """A date: of a workbook, 2026-01-31, 31-01-2026 or 31.1.2026. With strokes only where day and month are clear."""
    if isinstance(cell.value, dt.date):
        return cell.value
    match = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]00:00(?::00)?)?", cell.text)
    parts = tuple(map(int, match.groups())) if match else None
    match = re.fullmatch(r"([0-9]{1,2})([-./])([0-9]{1,2})\2([0-9]{4})", cell.text)
    if match:
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        if match[2] == "/" and first <= 12 and second <= 12 and first != second:
            return None
        parts = (year, first, second) if second > 12 and match[2] == "/" else (year, second, first)
    try:
        return dt.date(*parts) if parts else None
    except ValueError:
        return None


def year(text: str) -> int | None:
    """The one year, 2000 to 2099, that a text names."""
    found = set(re.findall(r"(?<![0-9])(20[0-9]{2})(?![0-9])", text))
    return int(found.pop()) if len(found) == 1 else None
