"""Random books for property tests: any text in codes and names, any amounts, entries that balance."""

from __future__ import annotations

from hypothesis import strategies as st

from .books import Account, Entry, Journal, Ledger, Line

# What XML 1.0 can hold, without the control characters and the carriage return that a parser turns into a line end.
CHARACTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn"), exclude_characters="\ufffe\uffff")
CODE = st.text(CHARACTERS, min_size=1, max_size=12).map(str.strip).filter(bool)
TEXT = st.text(CHARACTERS, max_size=30).map(str.strip)


@st.composite
def entries(draw: st.DrawFn, number: str) -> Entry:
    """An entry of two to five lines that balances; amounts may be negative."""
    amounts = draw(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=4))
    lines = [Line(draw(CODE), amount, "D", draw(st.one_of(st.just(""), CODE)), text=draw(TEXT)) for amount in amounts]
    lines.append(Line(draw(CODE), sum(amounts), "C", text=draw(TEXT)))
    order = draw(st.permutations(lines))
    month = draw(st.integers(1, 12))
    date = f"2026-{month:02d}-{draw(st.integers(1, 28)):02d}"
    return Entry(number, str(draw(st.integers(1, 12))), date, tuple(order))


@st.composite
def ledgers(draw: st.DrawFn) -> Ledger:
    """A book of a few journals."""
    names = draw(st.lists(CODE, min_size=1, max_size=3, unique=True))
    journals = []
    for name in names:
        count = draw(st.integers(0, 6))
        type_ = draw(st.sampled_from("BCGMOPSTYZ"))
        journals.append(Journal(name, type_, tuple(draw(entries(str(n))) for n in range(1, count + 1))))
    accounts = tuple(
        Account(code, draw(TEXT) or "-") for code in draw(st.lists(CODE, min_size=1, max_size=4, unique=True))
    )
    return Ledger(tuple(journals), accounts=accounts)
