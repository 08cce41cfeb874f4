"""The element names of each family, by what they mean. Source: the XSDs of CLAIR2.00, 3.1, 3.2, 3.2.1 and 4.0."""

from __future__ import annotations

from dataclasses import dataclass, fields

from ipvb_ledger_xaf.formats import Family


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """For each meaning the names it may have, the usual one first."""

    line: tuple[str, ...]
    line_nr: tuple[str, ...]
    account: tuple[str, ...]
    amount: tuple[str, ...]
    side: tuple[str, ...]
    debit: tuple[str, ...]
    credit: tuple[str, ...]
    centre: tuple[str, ...]
    effective: tuple[str, ...]
    entry_nr: tuple[str, ...]
    period: tuple[str, ...]
    date: tuple[str, ...]
    journal_id: tuple[str, ...]
    journal_type: tuple[str, ...]
    account_name: tuple[str, ...]
    account_type: tuple[str, ...]


_XAF = Vocabulary(
    line=("trLine",),
    line_nr=("nr",),
    account=("accID",),
    amount=("amnt",),
    side=("amntTp",),
    debit=(),
    credit=(),
    centre=("costID", "cost"),  # 3.x, 4.0
    effective=("effDate",),
    entry_nr=("nr",),
    period=("periodNumber",),
    date=("trDt",),
    journal_id=("jrnID",),
    journal_type=("jrnTp",),
    account_name=("accDesc",),
    account_type=("accTp",),
)
_CLAIR2 = Vocabulary(
    line=("line",),
    line_nr=("recordID",),
    account=("accountID",),
    amount=(),
    side=(),
    debit=("debitAmount",),
    credit=("creditAmount",),
    centre=("costDesc",),  # the only place for a cost centre there
    effective=("effectiveDate",),
    entry_nr=("transactionID",),
    period=("period",),
    date=("transactionDate",),
    journal_id=("journalID",),
    journal_type=("type",),
    account_name=("accountDesc",),
    account_type=("accountType",),
)
_BOTH = Vocabulary(**{f.name: getattr(_XAF, f.name) + getattr(_CLAIR2, f.name) for f in fields(Vocabulary)})


def vocabulary(family: Family) -> Vocabulary:
    """The names of a family; without a namespace both count, and the structure is judged at the end."""
    return _XAF if family == "xaf" else _BOTH
