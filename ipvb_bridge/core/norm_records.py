"""The norm tables that state facts: public figures with unit, source and the day on which somebody last looked.

They stand in ``norms/NAME.csv`` beside the norms that a calculation reads (:data:`ipvb_bridge.core.records.NORMS`);
those that are public come with the program (:data:`SHIPPED`). No calculation reads these: what it counts with stands
in method.toml, and the instrument ``norms`` holds the two against each other. Source: method section 8.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from ipvb_bridge.core.records import DELIVERY_FORMS, LEVELS, NORMS, ZZP, Column, Table, Type

SHIPPED = Path(__file__).parent / "norm_files"
"""The tables that come with the program, as CSV files; ``init`` copies them. Tariffs are not among them."""

_START = Column("start_date", Type.DATE, "first day the row holds; empty: always so far", nullable=True)
_END = Column("end_date", Type.DATE, "last day the row holds, empty means open", nullable=True)
_UNIT = Column("unit", Type.TEXT, "unit of the value")
_SOURCE = Column("source", Type.TEXT, "where the value stands", nullable=True)
_CHECKED = Column("last_checked", Type.DATE, "day on which somebody last held it against its source", nullable=True)
_NOTE = Column("note", Type.TEXT, "what a reader must know of it", nullable=True)
_TAIL = (_START, _END, _SOURCE, _CHECKED, _NOTE)
_OPTIONAL = frozenset({"start_date", "end_date", "source", "last_checked", "note"})
_CLOCK = r"([01][0-9]|2[0-4]):[0-5][0-9]"
PGB_FUNCTIONS = ("PV", "VP", "BGIND", "BGGROEP", "BGGROEP_VERVOER")
_FUNCTION = Column(
    "function",
    Type.TEXT,
    "PV personal care, VP nursing, BGIND guidance, BGGROEP guidance in a group, with transport",
    values=PGB_FUNCTIONS,
)
_CLASS = Column("class", Type.COUNT, "class of the pgb regulation", low=0, high=9)


def _fact(name: str, doc: str, key: tuple[str, ...], *columns: Column, optional: frozenset[str] = _OPTIONAL) -> Table:
    return Table(
        name,
        doc,
        (*key, "start_date"),
        (*columns, *_TAIL),
        optional=optional,
        not_before=(("start_date", "end_date"),),
    )


_FACTS = (
    _fact(
        "hours_per_year",
        "Bases for hours a year of a full-time contract; the report names the one that is used",
        ("base",),
        Column("base", Type.TEXT, "name of the base"),
        Column("kind", Type.TEXT, "paid hours, or what is left to work", values=("gross", "net")),
        Column("value", Type.DECIMAL, "hours", low=1, high=8784),
        _UNIT,
    ),
    _fact(
        "employer_premiums",
        "Premiums and pension that an employer pays on wages",
        ("premium", "variant"),
        Column("premium", Type.TEXT, "the premium, or a ceiling or threshold that goes with it"),
        Column("variant", Type.TEXT, "high or low, employer or total", nullable=True),
        Column("value", Type.DECIMAL, "the value, in its unit", low=0),
        _UNIT,
        optional=_OPTIONAL | {"variant"},
    ),
    _fact(
        "national_day_parts",
        "The day parts that national reports use; those of the method are a setting (day_parts)",
        ("day_part",),
        Column("day_part", Type.TEXT, "day part", values=("day", "evening", "night")),
        Column("from", Type.TEXT, "clock, 07:00", pattern=_CLOCK, form="07:00"),
        Column("to", Type.TEXT, "clock, not included, 15:00", pattern=_CLOCK, form="15:00"),
    ),
    _fact(
        "direct_shares",
        "Where the direct shares of method.toml come from; none is shipped, for none is public",
        ("level",),
        Column("level", Type.TEXT, "level of expertise", values=LEVELS),
        Column("value", Type.DECIMAL, "client hours / worked hours", low=0, high=1),
        _UNIT,
    ),
    _fact(
        "care_profiles",
        "Care profiles (ZZP) V&V by name and by their code in iWlz messages (COD163)",
        ("zzp",),
        Column("zzp", Type.TEXT, "care profile", pattern=ZZP, form="5VV, 9bVV"),
        Column("cod163", Type.TEXT, "code in iWlz messages", pattern="[0-9]{3}", form="754"),
        Column("name", Type.TEXT, "name of the profile"),
        Column(
            "new_indications", Type.TEXT, "whether CIZ still grants it", nullable=True, values=("yes", "no", "unclear")
        ),
        optional=_OPTIONAL | {"new_indications"},
    ),
    _fact(
        "tariff_codes",
        "The other key of a care profile: the codes of a tariff list, one for each way it is delivered; none is"
        " shipped, for they are not public",
        ("code",),
        Column("code", Type.TEXT, "performance code, as the tariff list writes it"),
        Column("zzp", Type.TEXT, "care profile", pattern=ZZP, form="5VV, 9bVV"),
        Column("delivery_form", Type.TEXT, "delivery form", values=DELIVERY_FORMS),
        Column("with_treatment", Type.FLAG, "includes treatment"),
        Column("with_day_care", Type.FLAG, "includes day care"),
    ),
    _fact(
        "pgb_class_hours",
        "Hours a week of a pgb class: official, a relative weight of functions, not a tariff",
        ("function", "class"),
        _FUNCTION,
        _CLASS,
        Column("value", Type.DECIMAL, "hours a week", low=0, high=168),
        _UNIT,
    ),
    _fact(
        "pgb_class_amounts",
        "Highest pgb amount a year of a class: official, a relative weight of functions, not a tariff",
        ("function", "class"),
        _FUNCTION,
        _CLASS,
        Column("amount", Type.MONEY, "euros a year at most", low=0),
        _UNIT,
    ),
    _fact(
        "pgb_profiles",
        "The pgb class of each function in a care profile: individual delivery, a relative weight, not a tariff",
        ("zzp", "function"),
        Column("zzp", Type.TEXT, "care profile", pattern=ZZP, form="5VV, 9bVV"),
        _FUNCTION,
        _CLASS,
    ),
)

FACTS: Mapping[str, Table] = MappingProxyType({table.name: table for table in _FACTS})
"""The norm tables that state facts: `norms/NAME.csv`. A file that is absent is an empty table."""

NORM_TABLES: Mapping[str, Table] = MappingProxyType({**NORMS, **FACTS})
"""Every table of the folder ``norms``: first those that a calculation reads."""
