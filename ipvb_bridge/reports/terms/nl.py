"""Dutch: words for the codes of the method, as in its glossary, and the texts of the pages."""

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
WEEKDAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni",
    "juli", "augustus", "september", "oktober", "november", "december",
)  # fmt: skip
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
SOURCES = {
    "I": "Wat het instrument zelf meldt",
    "XAF": "Wat de auditfile zelf meldt",
    "TAB": "Wat de bestanden zelf melden",
    "FHIR": "Wat het zorgdossier zelf meldt",
    "D": "Leveringen",
}
"""Findings of adapters, by the letters of their code."""
WORK = {
    "indication_without_resident": "Indicatie zonder bewoner",
    "several_residents": "Indicatie van een persoon met meer dossiers",
    "resident_without_indication": "Bewoner zonder geldige indicatie",
    "resident_moved": "Verhuisd",
    "unit_unknown": "Verblijf op een plaats die niet is gekoppeld",
    "resident_left": "Vertrokken, en de indicatie loopt door",
}
"""Kinds of the work list."""
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
