"""What is known of codes and words before a mapping exists: RGS prefixes and Dutch words of the sector.

These are proposals for a person to judge, nothing calculates with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

RGS: Mapping[str, str] = MappingProxyType(
    {
        "B": "excluded",
        "WPer": "wages",
        "WBedOvp": "personnel_other",
        "WBedOvpUik": "hired",
        "WBedOvpUit": "hired",
        "WBedOvpMaf": "hired",
        "WBedOvpZzp": "hired",
        "WBedOvpPay": "hired",
        "WBedOvpOip": "hired",
        "WKprKuw": "outsourced",
        "WKprKvp": "outsourced",
        "WKpr": "materials",
        "WBedHui": "property",
        "WBedEem": "equipment",
        "WBedAut": "transport",
        "WBedTra": "transport",
        "WBed": "general",
        "WAfs": "capital",
        "WFbe": "capital",
        "WOmz": "revenue",
        "WOvb": "revenue",
    }
)
"""RGS prefix -> cost category; the longest prefix counts.

Source: RGS MKB 3.7 (codes, as published under MIT in erjeve/nl_erpnext_rgs_mkb); hired staff: KiK-V profile VWS 1.1.0,
indicator 3.1; the categories are our proposal. KiK-V prints WKprKvp as outsourced work where RGS says personnel.
"""

POOL_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "care": ("zorg", "verpleging", "verzorging", "afdeling", "woongroep", "team", "behandeling", "behandelaars"),
        "housing": ("gebouw", "gebouwen", "huisvesting", "vastgoed", "terrein", "onderhoud"),
        "meals": ("voeding", "keuken", "maaltijden", "restaurant"),
        "cleaning": ("schoonmaak", "huishouding", "huishoudelijk"),
        "laundry": ("was", "linnen", "wasserij", "waskosten"),
        "utilities": ("energie", "gas", "water", "elektra"),
        "activities": ("activiteiten", "dagbesteding", "welzijn", "recreatie"),
        "management": ("management", "directie", "bestuur", "leiding", "hoofdkantoor", "overhead", "staf"),
        "facility": ("facilitair", "facilitaire", "receptie", "techniek"),
        "training": ("opleiding", "opleidingen", "scholing", "leerlingen"),
        "ict": ("ict", "automatisering", "applicatiebeheer"),
        "hr": ("personeelszaken", "hr", "p&o", "salarisadministratie"),
        "finance": ("financiën", "administratie", "control"),
        "none": ("balans", "opbrengsten"),
    }
)
"""Words in the name of a cost centre -> pool, proposed only when the settings have that pool (or it is ``none``)."""

LEVEL_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("7", ("verpleegkundig specialist", "specialist ouderengeneeskunde", "arts", "fysiotherapeut", "ergotherapeut",
           "logopedist", "psycholoog", "diëtist", "behandelaar", "geestelijk verzorger")),
    ("6", ("hbo-verpleegkundige", "verpleegkundige hbo", "hbo verpleegkundige", "wijkverpleegkundige",
           "verpleegkundige niveau 6")),
    ("4", ("mbo-verpleegkundige", "verpleegkundige mbo", "verpleegkundige niveau 4", "verpleegkundige")),
    ("3", ("verzorgende", "eerstverantwoordelijk verzorgende", "evv", "vig")),
    ("2", ("helpende", "zorgassistent")),
    ("1", ("zorghulp", "huiskamermedewerker", "voedingsassistent")),
    ("W", ("welzijn", "activiteitenbegeleider", "woonbegeleider", "gastvrouw", "gastheer", "dagbesteding")),
)  # fmt: skip
"""Level -> words in a function; the first that fits counts. Source: the level list of KiK-V; the words are ours."""

HOUR_KIND_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "worked": ("gewerkt", "gewerkte uren", "productief", "dienst", "werk", "overwerk", "meerwerk"),
        "leave": ("verlof", "vakantie", "pbl", "feestdag"),
        "sick": ("ziek", "ziekte", "verzuim"),
        "training": ("scholing", "opleiding", "cursus", "training"),
        "on_call": ("bereikbaarheid", "bereikbaarheidsdienst", "slaapdienst", "aanwezigheidsdienst"),
        "other_absence": ("zwangerschap", "ouderschapsverlof", "zorgverlof", "onbetaald", "afwezig"),
    }
)

DELIVERY_FORM_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "stay": ("verblijf", "zzp", "intramuraal"),
        "vpt": ("vpt", "volledig pakket thuis"),
        "mpt": ("mpt", "modulair pakket thuis"),
        "pgb": ("pgb", "persoonsgebonden budget"),
        "part_time_stay": ("dtv", "deeltijdverblijf"),
    }
)
