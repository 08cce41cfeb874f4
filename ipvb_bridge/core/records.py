"""The canonical records: each table declared once, with columns, types, key, allowed values and personal-data class.

Frame schema, SQL table, CSV reading, validation and the reference page derive from these declarations.
Source: method.md section 2 (streams) and section 8 (mapping and norm tables).

In a frame, as in the database, every number is whole: money in cents, care time in milliminutes, other decimals in
ten-thousandths. A file shows euros, minutes and plain decimals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import polars as pl

Kind = Literal["ecd", "payroll", "ledger"]
Personal = Literal["none", "pseudonymous", "care", "identifying"]
"""none; pseudonymous: an id of a person; care: about a person; identifying: a name or date of birth."""


class Type(Enum):
    """A column's type: how it stands in a file, and the whole number or text that stands for it in a frame."""

    TEXT = "text"
    DATE = "date"  # 2026-01-31
    MOMENT = "moment"  # 2026-01-31T07:00:00+01:00; in a frame UTC with microseconds
    MONTH = "month"  # 2026-01, text in a frame
    FLAG = "flag"  # true, false
    COUNT = "count"  # a whole number
    MONEY = "money"  # euros with at most 2 decimals; in a frame cents
    MINUTES = "minutes"  # minutes with at most 3 decimals; in a frame milliminutes
    DECIMAL = "decimal"  # a decimal with at most 4 places; in a frame ten-thousandths


SCALE: Mapping[Type, int] = MappingProxyType({Type.COUNT: 0, Type.MONEY: 2, Type.MINUTES: 3, Type.DECIMAL: 4})
"""Decimal places of the numeric types: the frame holds the value times 10 to this power."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``low`` and ``high`` are bounds in the file's unit, included; ``pattern`` must match the whole
    text, and ``form`` shows a reader what it looks like.

    ``mapped_by`` names the mapping table that turns a vendor's code into one of ``values`` when a calculation reads;
    such a column is stored as delivered, so its values are not checked at the gate.
    """

    name: str
    type: Type
    doc: str
    nullable: bool = False
    values: tuple[str, ...] = ()
    pattern: str = ""
    form: str = ""
    low: int | None = None
    high: int | None = None
    personal: Personal = "none"
    mapped_by: str = ""
    since: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """A declared table. ``key`` names the columns that identify a row.

    ``optional`` columns may be absent from a file. ``period_column`` tells which column places a row in time, for
    deliveries that are complete for a span of months. ``not_before`` pairs columns (start, end) of which the second may
    not lie before the first. ``one_of`` names columns of which every row fills at least one; a file needs one of them.
    """

    name: str
    doc: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    kind: Kind | None = None
    version: int = 1
    period_column: str = ""
    not_before: tuple[tuple[str, str], ...] = ()
    optional: frozenset[str] = frozenset()
    one_of: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        """The column of that name. Raises ``KeyError``."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name}.{name}")

    @property
    def names(self) -> tuple[str, ...]:
        """The column names, in the order of the canonical file."""
        return tuple(column.name for column in self.columns)

    def schema(self) -> pl.Schema:
        """The frame schema: polars types, in the order of the canonical file."""
        import polars as pl

        types: dict[Type, pl.DataType] = {
            Type.TEXT: pl.String(),
            Type.MONTH: pl.String(),
            Type.DATE: pl.Date(),
            Type.MOMENT: pl.Datetime("us", "UTC"),
            Type.FLAG: pl.Boolean(),
        }
        return pl.Schema({column.name: types.get(column.type, pl.Int64()) for column in self.columns})


LEVELS = ("1", "2", "3", "4", "5", "6", "7", "W")
DAY_PARTS = ("morning", "afternoon", "evening", "night")
CARE_FUNCTIONS = (
    "personal_care",
    "nursing",
    "guidance",
    "guidance_group",
    "treatment",
    "domestic",
    "transport",
)
PERFORMERS = ("staff", "network", "self", "volunteer", "external")
PAYERS = ("wlz", "resident", "none")
GROUNDS = ("health_risk", "self_care", "wellbeing")
DELIVERY_FORMS = ("stay", "vpt", "mpt", "pgb", "part_time_stay")
HOUR_KINDS = ("worked", "leave", "sick", "training", "other_absence", "on_call")
PER = ("day", "week", "four_weeks", "month", "year")
ZZP = r"[0-9]{1,2}[a-z]?VV"
MONTH = r"[0-9]{4}-(0[1-9]|1[0-2])"


def _id(name: str, doc: str, personal: Personal = "none", *, nullable: bool = False) -> Column:
    return Column(name, Type.TEXT, doc, nullable=nullable, personal=personal)


_SPAN = (
    Column("start_date", Type.DATE, "first day"),
    Column("end_date", Type.DATE, "last day included, empty means open", nullable=True),
)
_RESIDENT = _id("resident_id", "the resident, as the ECD numbers them (never a BSN)", "pseudonymous")
_PERSON_KEY = Column(
    "person_key",
    Type.TEXT,
    "the person, the same in every system: a keyed pseudonym of the BSN, never the BSN",
    nullable=True,
    pattern="[A-Z2-7]{32}",
    form="32 characters of A-Z and 2-7",
    personal="pseudonymous",
    since=2,
)
_LEVEL = Column("level", Type.TEXT, "level of expertise", nullable=True, values=LEVELS)
_SPANS = (("start_date", "end_date"),)

_STREAMS = (
    Table(
        "units",
        "Organisation, locations and departments",
        ("unit_id",),
        (
            _id("unit_id", "the unit"),
            _id("parent_id", "the unit above; empty for the organisation", nullable=True),
            Column("kind", Type.TEXT, "which floor of the tree", values=("organisation", "location", "department")),
            Column("name", Type.TEXT, "as staff call it"),
            Column("floor_area_m2", Type.DECIMAL, "floor area in square metres", nullable=True, low=0),
        ),
        kind="ecd",
    ),
    Table(
        "residents",
        "The people who live in or are cared for by a unit",
        ("resident_id",),
        (
            _RESIDENT,
            Column("client_group", Type.TEXT, "client group", nullable=True, values=("somatic", "pg", "other")),
            Column(
                "name", Type.TEXT, "kept only when the configuration asks for it", nullable=True, personal="identifying"
            ),
            Column(
                "date_of_birth",
                Type.DATE,
                "kept only when the configuration asks for it",
                nullable=True,
                personal="identifying",
            ),
            _PERSON_KEY,
        ),
        kind="ecd",
        version=2,
    ),
    Table(
        "stays",
        "Which unit serves a resident, and when; VPT and MPT residents have one too",
        ("stay_id",),
        (_id("stay_id", "the stay"), _RESIDENT, _id("unit_id", "the unit"), *_SPAN),
        kind="ecd",
        not_before=_SPANS,
    ),
    Table(
        "absences",
        "Days on which a resident is away",
        ("absence_id",),
        (
            _id("absence_id", "the absence"),
            _RESIDENT,
            Column(
                "reason",
                Type.TEXT,
                "decides how long an absence stays paid",
                values=("hospital", "other_institution", "vacation", "detention", "weekend"),
                personal="care",
            ),
            *_SPAN,
        ),
        kind="ecd",
        not_before=_SPANS,
    ),
    Table(
        "indications",
        "The care profile a resident was granted (ZZP) and how it is delivered",
        ("indication_id",),
        (
            _id("indication_id", "the indication"),
            _id(
                "resident_id",
                "the resident, as the ECD numbers them; a source that does not know it fills person_key",
                "pseudonymous",
                nullable=True,
            ),
            Column("basis", Type.TEXT, "assigned counts before indicated", values=("indicated", "assigned")),
            Column("zzp", Type.TEXT, "care profile: 4VV, 5VV, 9bVV", pattern=ZZP, form="5VV, 9bVV", personal="care"),
            Column(
                "delivery_form",
                Type.TEXT,
                "how the care is delivered",
                values=DELIVERY_FORMS,
                mapped_by="delivery_forms",
            ),
            Column("with_treatment", Type.FLAG, "profile includes treatment"),
            Column("with_day_care", Type.FLAG, "profile includes day care"),
            *_SPAN,
            _PERSON_KEY,
        ),
        kind="ecd",
        version=2,
        not_before=_SPANS,
        one_of=("resident_id", "person_key"),
    ),
    Table(
        "care_agreements",
        "Agreed care: what, how long, how often, by whom",
        ("agreement_id",),
        (
            _id("agreement_id", "the agreement"),
            _RESIDENT,
            Column("activity_code", Type.TEXT, "the vendor's code, mapped by mappings/activities.csv", nullable=True),
            Column("care_function", Type.TEXT, "care function", nullable=True, values=CARE_FUNCTIONS),
            Column("description", Type.TEXT, "as the team wrote it", nullable=True, personal="care"),
            Column("day_part", Type.TEXT, "day part", nullable=True, values=DAY_PARTS),
            _LEVEL,
            Column("performer", Type.TEXT, "who does it", nullable=True, values=PERFORMERS),
            Column("payer", Type.TEXT, "wlz is inside the streep in het zand", nullable=True, values=PAYERS),
            Column("ground", Type.TEXT, "why it is given", nullable=True, values=GROUNDS, personal="care"),
            Column("wellbeing", Type.FLAG, "serves leefplezier", nullable=True),
            Column("minutes", Type.DECIMAL, "minutes an occurrence", nullable=True, low=0, high=1440),
            Column("times", Type.DECIMAL, "occurrences in each `per`", nullable=True, low=0, high=100),
            Column("per", Type.TEXT, "what `times` counts in", nullable=True, values=PER),
            Column(
                "weekdays",
                Type.TEXT,
                "ISO digits, `1 3 5`; then `per` is day",
                nullable=True,
                pattern=r"[1-7]( [1-7])*",
                form="1 3 5",
            ),
            Column("staff_count", Type.COUNT, "carers at once", nullable=True, low=1, high=100),
            Column("group_size", Type.COUNT, "residents at once", nullable=True, low=1, high=1000),
            Column("agreed_on", Type.DATE, "day of the agreement", nullable=True),
            *_SPAN,
        ),
        kind="ecd",
        not_before=_SPANS,
    ),
    Table(
        "care_deliveries",
        "Delivered care",
        ("delivery_id",),
        (
            _id("delivery_id", "the delivery"),
            _RESIDENT,
            _id("agreement_id", "the agreement it carries out", nullable=True),
            _id("unit_id", "the unit", nullable=True),
            Column("start", Type.MOMENT, "when it began"),
            Column("minutes", Type.MINUTES, "minutes it took", low=0, high=1440),
            _LEVEL,
            Column("care_function", Type.TEXT, "care function", nullable=True, values=CARE_FUNCTIONS),
        ),
        kind="ecd",
        period_column="start",
    ),
    Table(
        "opt_outs",
        "Components that a resident does without, because the network or nobody does them",
        ("opt_out_id",),
        (
            _id("opt_out_id", "the opt-out"),
            _RESIDENT,
            Column("component", Type.TEXT, "a stay component of method.toml"),
            Column("taken_over_by", Type.TEXT, "who does it instead", nullable=True),
            *_SPAN,
        ),
        kind="ecd",
        not_before=_SPANS,
    ),
    Table(
        "conversations",
        "The monthly conversations",
        ("conversation_id",),
        (
            _id("conversation_id", "the conversation"),
            _RESIDENT,
            Column("date", Type.DATE, "its day"),
            Column("with_whom", Type.TEXT, "roles of those present", nullable=True, personal="care"),
            Column("note", Type.TEXT, "what was said", nullable=True, personal="care"),
        ),
        kind="ecd",
    ),
    Table(
        "profiles",
        "The person's own profile",
        ("resident_id", "section"),
        (
            _RESIDENT,
            Column(
                "section",
                Type.TEXT,
                "part of the profile",
                values=("likes", "dislikes", "need_to_know", "my_care", "family_and_friends", "agreements"),
            ),
            Column("text", Type.TEXT, "in the resident's words", personal="care"),
        ),
        kind="ecd",
    ),
    Table(
        "satisfaction",
        "Monthly scores",
        ("score_id",),
        (
            _id("score_id", "the score"),
            _id("resident_id", "the resident", "pseudonymous", nullable=True),
            _id("unit_id", "the unit", nullable=True),
            Column("date", Type.DATE, "day of the answer"),
            Column("respondent", Type.TEXT, "who answered", values=("resident", "relative", "employee")),
            _id("respondent_key", "same person, same key", "pseudonymous", nullable=True),
            Column("question", Type.TEXT, "which question"),
            Column("score", Type.DECIMAL, "the score"),
        ),
        kind="ecd",
    ),
    Table(
        "contracts",
        "Employment contracts and hired workers",
        ("contract_id",),
        (
            _id("contract_id", "the contract"),
            _id("employee_id", "the employee, as payroll numbers them", "pseudonymous", nullable=True),
            _id("person_key", "same person in several systems", "pseudonymous", nullable=True),
            Column("function", Type.TEXT, "as payroll calls it, mapped by mappings/functions.csv", nullable=True),
            _LEVEL,
            _id("unit_id", "the unit", nullable=True),
            Column("hours_per_week", Type.DECIMAL, "contract hours a week", nullable=True, low=0, high=168),
            Column(
                "employment",
                Type.TEXT,
                "kind of employment",
                values=("payroll", "hired", "trainee", "intern", "volunteer"),
            ),
            Column("temporary", Type.FLAG, "temporary contract", nullable=True),
            Column("client_facing", Type.FLAG, "works with residents"),
            *_SPAN,
        ),
        kind="payroll",
        not_before=_SPANS,
    ),
    Table(
        "hours",
        "Hours of work, leave and absence",
        ("hours_id",),
        (
            _id("hours_id", "the line"),
            _id("contract_id", "the contract", "pseudonymous"),
            _id("unit_id", "where it was worked", nullable=True),
            _LEVEL,
            Column("kind", Type.TEXT, "kind of hours", values=HOUR_KINDS, mapped_by="hour_kinds"),
            Column("start", Type.MOMENT, "begin"),
            Column("end", Type.MOMENT, "end"),
            Column("paid_minutes", Type.MINUTES, "paid minutes; a correction may be negative", low=-10080, high=10080),
        ),
        kind="payroll",
        period_column="start",
        not_before=(("start", "end"),),
    ),
    Table(
        "wages",
        "Payroll cost",
        ("wage_id",),
        (
            _id("wage_id", "the line"),
            _id("contract_id", "the contract", "pseudonymous"),
            Column(
                "component", Type.TEXT, "what is paid", values=("gross", "irregularity", "employer_charges", "other")
            ),
            Column("relates_to", Type.MONTH, "month the work was done", pattern=MONTH, form="2026-01"),
            Column("paid_in", Type.MONTH, "month of payment", pattern=MONTH, form="2026-01"),
            Column("amount", Type.MONEY, "euros", personal="care"),
        ),
        kind="payroll",
        period_column="paid_in",
    ),
    Table(
        "accounts",
        "Ledger accounts",
        ("account_id",),
        (
            _id("account_id", "account number, text: leading zeros count"),
            Column("name", Type.TEXT, "name of the account", nullable=True),
            Column("rgs_code", Type.TEXT, "RGS code", nullable=True),
        ),
        kind="ledger",
    ),
    Table(
        "cost_centres",
        "Cost centres",
        ("cost_centre_id",),
        (
            _id("cost_centre_id", "cost centre, text: `00000` is a code"),
            Column("name", Type.TEXT, "name of the cost centre", nullable=True),
            _id("unit_id", "the unit it belongs to", nullable=True),
        ),
        kind="ledger",
    ),
    Table(
        "ledger_lines",
        "Transaction lines of the ledger; an opening balance is not among them",
        ("company_id", "line_id"),
        (
            _id("line_id", "the line, unique in its company"),
            _id("company_id", "the company"),
            _id("entry_id", "the journal entry, which balances"),
            Column(
                "journal_type",
                Type.TEXT,
                "B bank, C cash, M memo, P purchase, S sales, Y payroll, Z other",
                nullable=True,
            ),
            Column("date", Type.DATE, "date of the entry"),
            Column(
                "period", Type.MONTH, "accounting period: this, not the date, decides", pattern=MONTH, form="2026-01"
            ),
            _id("account_id", "the account"),
            _id("cost_centre_id", "the cost centre", nullable=True),
            Column("amount", Type.MONEY, "euros, debit positive"),
        ),
        kind="ledger",
        period_column="period",
    ),
)

STREAMS: Mapping[str, Table] = MappingProxyType({table.name: table for table in _STREAMS})
"""The canonical streams, by name, in the order of method.md."""

_DATED = (
    Column("start_date", Type.DATE, "first day the row holds", nullable=True),
    Column("end_date", Type.DATE, "last day the row holds", nullable=True),
)
_DATED_NAMES = frozenset({"start_date", "end_date"})

CATEGORIES = ("excluded", "revenue")
"""Account categories with a meaning of their own; beside them `wages`, `hired` and any other name, which is a cost."""

_MAPPINGS = (
    Table(
        "accounts",
        "Account to cost category; a range of account numbers, compared as text",
        ("account_from", "account_to", "start_date"),
        (
            Column("account_from", Type.TEXT, "first account of the range"),
            Column("account_to", Type.TEXT, "last account of the range"),
            Column("category", Type.TEXT, "wages, hired, revenue, excluded, or the name of another cost category"),
            *_DATED,
        ),
        optional=_DATED_NAMES,
        not_before=_SPANS,
    ),
    Table(
        "cost_centres",
        "Cost centre to pool; an empty cost centre stands for lines without one",
        ("cost_centre_id", "start_date"),
        (
            Column("cost_centre_id", Type.TEXT, "cost centre; empty: lines without one", nullable=True),
            Column("pool", Type.TEXT, "a pool of method.toml, or none"),
            *_DATED,
        ),
        optional=_DATED_NAMES,
        not_before=_SPANS,
    ),
    Table(
        "functions",
        "Payroll function to level; an empty level means: has none",
        ("function", "start_date"),
        (
            Column("function", Type.TEXT, "as payroll calls it"),
            Column("level", Type.TEXT, "level of expertise", nullable=True, values=LEVELS),
            *_DATED,
        ),
        optional=_DATED_NAMES,
        not_before=_SPANS,
    ),
    Table(
        "activities",
        "Activity code to what the agreement does not say itself",
        ("activity_code", "start_date"),
        (
            Column("activity_code", Type.TEXT, "the vendor's code"),
            Column("care_function", Type.TEXT, "care function", nullable=True, values=CARE_FUNCTIONS),
            Column("level", Type.TEXT, "level", nullable=True, values=LEVELS),
            Column("day_part", Type.TEXT, "day part", nullable=True, values=DAY_PARTS),
            Column("payer", Type.TEXT, "payer", nullable=True, values=PAYERS),
            Column("ground", Type.TEXT, "ground", nullable=True, values=GROUNDS),
            Column("wellbeing", Type.FLAG, "serves leefplezier", nullable=True),
            Column("minutes", Type.DECIMAL, "norm minutes", nullable=True, low=0, high=1440),
            *_DATED,
        ),
        optional=_DATED_NAMES | {"care_function", "level", "day_part", "payer", "ground", "wellbeing", "minutes"},
        not_before=_SPANS,
    ),
    Table(
        "delivery_forms",
        "The vendor's delivery form to ours",
        ("code", "start_date"),
        (
            Column("code", Type.TEXT, "as delivered"),
            Column("delivery_form", Type.TEXT, "ours", values=DELIVERY_FORMS),
            *_DATED,
        ),
        optional=_DATED_NAMES,
        not_before=_SPANS,
    ),
    Table(
        "hour_kinds",
        "The vendor's kind of hours to ours",
        ("code", "start_date"),
        (
            Column("code", Type.TEXT, "as delivered"),
            Column("kind", Type.TEXT, "ours", values=HOUR_KINDS),
            *_DATED,
        ),
        optional=_DATED_NAMES,
        not_before=_SPANS,
    ),
    Table(
        "agreements",
        "Supplements: what no source delivers, for one agreement; wins over the activity mapping, not over the source",
        ("agreement_id", "start_date"),
        (
            Column("agreement_id", Type.TEXT, "the agreement"),
            Column("care_function", Type.TEXT, "care function", nullable=True, values=CARE_FUNCTIONS),
            Column("day_part", Type.TEXT, "day part", nullable=True, values=DAY_PARTS),
            Column("level", Type.TEXT, "level", nullable=True, values=LEVELS),
            Column("performer", Type.TEXT, "performer", nullable=True, values=PERFORMERS),
            Column("payer", Type.TEXT, "payer", nullable=True, values=PAYERS),
            Column("ground", Type.TEXT, "ground", nullable=True, values=GROUNDS),
            Column("wellbeing", Type.FLAG, "serves leefplezier", nullable=True),
            Column("minutes", Type.DECIMAL, "minutes an occurrence", nullable=True, low=0, high=1440),
            Column("times", Type.DECIMAL, "occurrences in each `per`", nullable=True, low=0, high=100),
            Column("per", Type.TEXT, "what `times` counts in", nullable=True, values=PER),
            Column("weekdays", Type.TEXT, "ISO digits", nullable=True, pattern=r"[1-7]( [1-7])*", form="1 3 5"),
            Column("staff_count", Type.COUNT, "carers at once", nullable=True, low=1, high=100),
            Column("group_size", Type.COUNT, "residents at once", nullable=True, low=1, high=1000),
            *_DATED,
        ),
        optional=_DATED_NAMES
        | {
            "care_function",
            "day_part",
            "level",
            "performer",
            "payer",
            "ground",
            "wellbeing",
            "minutes",
            "times",
            "per",
            "weekdays",
            "staff_count",
            "group_size",
        },
        not_before=_SPANS,
    ),
)

MAPPINGS: Mapping[str, Table] = MappingProxyType({table.name: table for table in _MAPPINGS})
"""The mapping tables: `mappings/NAME.csv`. A file that is absent is an empty table."""

_CHECKED = Column("last_checked", Type.DATE, "day on which somebody last held it against its source", nullable=True)

_NORMS = (
    Table(
        "drivers",
        "Driver units by which a support pool is passed on",
        ("from_pool", "to_pool", "start_date"),
        (
            Column("from_pool", Type.TEXT, "the support pool"),
            Column("to_pool", Type.TEXT, "the pool that uses it"),
            Column("units", Type.DECIMAL, "FTE, hours, floor area, days, wages or a fixed key", low=0),
            *_DATED,
        ),
        optional=_DATED_NAMES,
        not_before=_SPANS,
    ),
    Table(
        "minimum_cover",
        "Carers that must be present",
        ("unit_id", "day_part", "level", "start_date"),
        (
            Column("unit_id", Type.TEXT, "the unit"),
            Column("day_part", Type.TEXT, "day part", values=DAY_PARTS),
            Column("level", Type.TEXT, "level", values=LEVELS),
            Column("persons", Type.DECIMAL, "carers present", low=0),
            *_DATED,
        ),
        optional=_DATED_NAMES,
        not_before=_SPANS,
    ),
    Table(
        "tariffs",
        "Day tariffs, imported by the organisation: none is shipped",
        ("zzp", "delivery_form", "with_treatment", "with_day_care", "start_date"),
        (
            Column("zzp", Type.TEXT, "care profile", pattern=ZZP, form="5VV, 9bVV"),
            Column("delivery_form", Type.TEXT, "delivery form", values=DELIVERY_FORMS),
            Column("with_treatment", Type.FLAG, "includes treatment"),
            Column("with_day_care", Type.FLAG, "includes day care"),
            Column("start_date", Type.DATE, "first day"),
            Column("end_date", Type.DATE, "last day included, empty means open", nullable=True),
            Column("day_tariff", Type.MONEY, "euros a day", low=0),
            Column("code", Type.TEXT, "performance code", nullable=True),
            Column("source", Type.TEXT, "where the amount stands", nullable=True),
            _CHECKED,
        ),
        optional=frozenset({"code", "source", "last_checked"}),
        not_before=_SPANS,
    ),
    Table(
        "ort",
        "Irregularity allowance (ORT) by kind of day and clock",
        ("start_date", "day_kind", "from"),
        (
            Column("start_date", Type.DATE, "first day", nullable=True),
            Column("end_date", Type.DATE, "last day included", nullable=True),
            Column("day_kind", Type.TEXT, "kind of day", values=("weekday", "saturday", "sunday_holiday")),
            Column("from", Type.TEXT, "clock, 20:00", pattern=r"([01][0-9]|2[0-4]):[0-5][0-9]", form="20:00"),
            Column("to", Type.TEXT, "clock, 24:00", pattern=r"([01][0-9]|2[0-4]):[0-5][0-9]", form="20:00"),
            Column("percentage", Type.DECIMAL, "per cent of the hourly wage", low=0, high=1000),
            Column("source", Type.TEXT, "where it stands", nullable=True),
            _CHECKED,
        ),
        optional=frozenset({"source", "last_checked"}),
        not_before=_SPANS,
    ),
)

NORMS: Mapping[str, Table] = MappingProxyType({table.name: table for table in _NORMS})
"""The norm tables that a calculation reads: `norms/NAME.csv`. A file that is absent is an empty table.

Beside them in the same folder stand facts with their sources: :mod:`ipvb_bridge.core.norm_records`.
"""
