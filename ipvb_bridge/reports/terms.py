"""Dutch words for the codes of the method, as in its glossary. A code without a word stands as it is."""

from __future__ import annotations

LEVELS = {
    "1": "Zorghulp",
    "2": "Helpende",
    "3": "Verzorgende IG",
    "4": "Verpleegkundige mbo",
    "5": "Niveau 5",
    "6": "Verpleegkundige hbo",
    "7": "Specialist of behandelaar",
    "W": "Welzijn",
}
DAY_PARTS = {"morning": "ochtend", "afternoon": "middag", "evening": "avond", "night": "nacht"}
CARE_FUNCTIONS = {
    "personal_care": "Persoonlijke verzorging",
    "nursing": "Verpleging",
    "guidance": "Begeleiding",
    "guidance_group": "Dagbesteding",
    "treatment": "Behandeling",
    "domestic": "Schoonhouden woonruimte",
    "transport": "Vervoer",
}
PERFORMERS = {
    "staff": "medewerker",
    "network": "mantelzorg",
    "self": "bewoner zelf",
    "volunteer": "vrijwilliger",
    "external": "elders ingekocht",
}
PAYERS = {"wlz": "Wlz", "resident": "bewoner (privé)", "none": "niemand"}
CLIENT_GROUPS = {"somatic": "Somatiek", "pg": "Psychogeriatrie", "other": "Overig"}
POOLS = {
    "care": "Zorg",
    "housing": "Huisvesting",
    "meals": "Maaltijden",
    "cleaning": "Schoonmaak",
    "laundry": "Wasverzorging",
    "utilities": "Energie en water",
    "activities": "Activiteiten",
    "management": "Bestuur en administratie",
    "facility": "Facilitaire dienst",
    "training": "Opleiding",
    "hr": "Personeelszaken",
    "ict": "ICT",
}
PARTS = {
    "wages": "Eigen lonen",
    "gross": "Eigen lonen",
    "irregularity": "Onregelmatigheidstoeslag",
    "employer_charges": "Werkgeverslasten",
    "other": "Overige loonkosten",
    "other_wages": "Overige loonkosten",
    "hired": "Ingehuurd personeel (PNIL)",
    "other_staff": "Overige personeelskosten",
    "materials": "Verpleegartikelen",
    "food": "Voeding",
    "contracted": "Uitbesteed werk",
    "recreation": "Activiteiten",
    "property": "Gebouw",
    "energy": "Energie en water",
    "general": "Algemene kosten",
    "rounding": "Afronding",
}
BRIDGE = {
    "ledger_cost": ("Kosten volgens het grootboek", "alle kosten die in deze periode zijn geboekt"),
    "care": ("Zorg", "afgesproken zorg ten laste van de Wlz: staat in de budgetten"),
    "private": ("Privé", "zorg die bewoners zelf betalen: een aanbod, niet in het budget"),
    "outside": ("Zonder grond", "gegeven buiten de streep in het zand: in niemands budget"),
    "stay": ("Verblijf", "wonen, eten en schoonmaak: staat in de budgetten"),
    "unabsorbed": (
        "Uren zonder afspraak",
        "betaalde uren waar geen zorgafspraak tegenover staat; onder nul is er meer afgesproken dan ingezet",
    ),
    "price_difference": (
        "Prijsverschil",
        "de prijs komt uit het kostenvenster, de kosten uit deze periode; met de afronding",
    ),
}
GROUPS = {"client_group": "Per doelgroep", "zzp": "Per zorgprofiel", "care_function": "Per zorgfunctie"}
RULES = {
    "R01": "Loonkosten tegenover het grootboek",
    "R02": "Gewerkte uren tegenover de vraag",
    "R03": "Afgesproken tegenover geleverde zorg",
    "R04": "Bewoners: verblijf, indicatie en afspraken",
    "R05": "Medewerkers: contract, niveau en afdeling",
    "R06": "Grootboek: balans en totalen",
    "R07": "Omvang van de leveringen",
    "R08": "Koppeltabellen",
    "R09": "Aannemelijkheid",
    "R10": "Brug tussen grootboek en budgetten",
}
SOURCES = {"XAF": "Wat de auditfile zelf meldt", "TAB": "Wat de bestanden zelf melden", "D": "Leveringen"}
"""Findings of adapters, by the letters of their code."""
SEVERITIES = {"error": "fout", "warning": "let op", "info": "ter info"}
STREAMS = {
    "units": "locaties en afdelingen",
    "residents": "bewoners",
    "stays": "verblijf",
    "absences": "afwezigheid",
    "indications": "indicaties",
    "care_agreements": "zorgafspraken",
    "care_deliveries": "geleverde zorg",
    "opt_outs": "afgemelde onderdelen",
    "conversations": "koffiemomenten",
    "profiles": "profielen (UPP)",
    "satisfaction": "tevredenheid",
    "contracts": "contracten",
    "hours": "uren",
    "wages": "loonkosten",
    "accounts": "grootboekrekeningen",
    "cost_centres": "kostenplaatsen",
    "ledger_lines": "grootboekregels",
}
COLUMNS = {
    "level": "niveau",
    "day_part": "dagdeel",
    "care_function": "zorgfunctie",
    "performer": "uitvoerder",
    "payer": "betaler",
    "ground": "grond",
    "wellbeing": "leefplezier",
    "minutes": "minuten",
    "times": "keren",
    "per": "per",
    "staff_count": "aantal zorgverleners",
    "group_size": "groepsgrootte",
    "delivery_form": "leveringsvorm",
    "kind": "soort uren",
    "category": "kostensoort",
    "pool": "kostenpool",
    "client_group": "doelgroep",
    "zzp": "zorgprofiel",
    "unit_id": "afdeling",
    "end_date": "einddatum",
    "start_date": "begindatum",
    "weekdays": "weekdagen",
}
MAPPINGS = {
    "accounts": "grootboekrekening",
    "cost_centres": "kostenplaats",
    "functions": "functie",
    "activities": "activiteitcode",
    "delivery_forms": "leveringsvorm",
    "hour_kinds": "urensoort",
    "agreements": "zorgafspraak",
}
ALLOCATION = {
    "reciprocal": "wederkerig (alle ondersteunende diensten leveren ook aan elkaar)",
    "step_down": "trapsgewijs, in de ingestelde volgorde",
    "direct": "rechtstreeks",
}


def plain(code: str) -> str:
    """A code that has no word of its own, as a reader can say it: ``day_care`` becomes ``Day care``."""
    text = code.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def rule(code: str) -> str:
    """What a rule is about; of an adapter's code, where it comes from."""
    return RULES.get(code) or SOURCES.get(code.rstrip("0123456789"), code)


def level(code: str | None) -> str:
    """A level's name with its number behind it."""
    if code is None:
        return "Zonder niveau"
    return f"{LEVELS[code]} ({code})" if code in LEVELS else code


def pool(code: str) -> str:
    """A pool or stay component."""
    return POOLS.get(code, plain(code))


def part(code: str) -> str:
    """A part of a price: a cost category, or the support pool from which it came (``support:management``)."""
    prefix, colon, name = code.partition(":")
    if colon:
        return pool(name) if prefix in {"support", "pool"} else PARTS.get(name, plain(name))
    return PARTS.get(code) or POOLS.get(code) or plain(code)
