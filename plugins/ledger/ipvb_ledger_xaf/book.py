"""What is read from one audit file (all its parts): master data in memory, lines in the spool."""

from __future__ import annotations

from dataclasses import dataclass, field

from ipvb_ledger_xaf.formats import Format
from ipvb_ledger_xaf.spool import Spool


@dataclass(slots=True)
class Account:
    """A ledger account as declared. ``rgs`` holds every field an RGS code may stand in, by the field's name."""

    account_id: str
    name: str | None
    type: str | None
    rgs: dict[str, str]


@dataclass(slots=True)
class Journal:
    """A journal; its fields may come after its transactions."""

    journal_id: str = ""
    type: str | None = None


@dataclass(slots=True)
class Opening:
    """The opening balance that stands apart from the transactions; cents."""

    lines: int = 0
    debit: int = 0
    credit: int = 0
    credit_absolute: int = 0
    unreadable: int = 0
    told: Totals | None = None


@dataclass(slots=True)
class Totals:
    """Control totals as declared: text, as nothing is trusted yet."""

    lines: str | None = None
    debit: str | None = None
    credit: str | None = None

    @property
    def any(self) -> bool:
        """Whether anything is declared."""
        return bool(self.lines or self.debit or self.credit)


@dataclass(slots=True)
class Book:
    """``where``: the first file's name, for messages. ``structure``: elements that no version has at that place."""

    where: str
    format: Format
    spool: Spool
    header: dict[str, str] = field(default_factory=dict)
    company: dict[str, str] = field(default_factory=dict)
    accounts: list[Account] = field(default_factory=list)
    centres: dict[str, str | None] = field(default_factory=dict)
    periods: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    opening: Opening = field(default_factory=Opening)
    totals: list[Totals] = field(default_factory=list)
    journals: list[Journal] = field(default_factory=list)
    structure: dict[str, int] = field(default_factory=dict)
    transactions: int = 0
    unnumbered: int = 0
    lines: int = 0
    lines_with_amount: int = 0
    has_transactions: bool = False
    has_accounts: bool = False
    declared_encoding: str = ""
    sample: str = ""
    """The names in a line of a file of which no line has an amount."""
    reading: str = ""
    """The file that is being read."""
    taxonomy: dict[str, str] = field(default_factory=dict)
    """3.1: account number to taxonomy code, from generalLedger/taxonomies."""

    def strange(self, place: str) -> None:
        """An element stands where no version has one, and it has children: it may hold money."""
        self.structure[place] = self.structure.get(place, 0) + 1
