"""English: words for the codes of the method."""

from __future__ import annotations

LEVELS = {
    "1": "Care aide",
    "2": "Care assistant",
    "3": "Certified carer",
    "4": "Nurse, vocational",
    "5": "Level 5",
    "6": "Nurse, bachelor",
    "7": "Specialist or therapist",
    "W": "Wellbeing",
}
DAY_PARTS = {"morning": "morning", "afternoon": "afternoon", "evening": "evening", "night": "night"}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
CARE_FUNCTIONS = {
    "personal_care": "Personal care",
    "nursing": "Nursing",
    "guidance": "Guidance",
    "guidance_group": "Day activities",
    "treatment": "Treatment",
    "domestic": "Cleaning the room",
    "transport": "Transport",
}
PERFORMERS = {
    "staff": "staff",
    "network": "family and friends",
    "self": "the resident",
    "volunteer": "volunteer",
    "external": "bought elsewhere",
}
CLIENT_GROUPS = {"somatic": "Somatic", "pg": "Psychogeriatric", "other": "Other"}
POOLS = {
    "care": "Care",
    "housing": "Housing",
    "meals": "Meals",
    "cleaning": "Cleaning",
    "laundry": "Laundry",
    "utilities": "Energy and water",
    "activities": "Activities",
    "management": "Management and administration",
    "facility": "Facility services",
    "training": "Training",
    "hr": "Human resources",
    "ict": "IT",
}
PARTS = {
    "wages": "Own wages",
    "gross": "Own wages",
    "irregularity": "Irregular hours allowance",
    "employer_charges": "Employer charges",
    "other": "Other wage costs",
    "other_wages": "Other wage costs",
    "hired": "Hired staff",
    "other_staff": "Other staff costs",
    "materials": "Nursing supplies",
    "food": "Food",
    "contracted": "Contracted work",
    "recreation": "Activities",
    "property": "Building",
    "energy": "Energy and water",
    "general": "General costs",
    "rounding": "Rounding",
}
BRIDGE = {
    "ledger_cost": ("Cost in the ledger", "all cost booked in this period"),
    "care": ("Care", "agreed care paid by the Wlz: stands in the budgets"),
    "private": ("Private", "care that residents pay themselves: an offer, not in the budget"),
    "outside": ("Without ground", "given outside the line in the sand: in nobody's budget"),
    "stay": ("Stay", "housing, meals and cleaning: stands in the budgets"),
    "unabsorbed": (
        "Hours without agreement",
        "paid hours that no care agreement asked for; below zero more is agreed than was staffed",
    ),
    "price_difference": (
        "Price difference",
        "the price comes from the cost window, the cost from this period; with the rounding",
    ),
}
GROUPS = {"client_group": "By client group", "zzp": "By care profile", "care_function": "By care function"}
RULES = {
    "R01": "Wage cost against the ledger",
    "R02": "Hours worked against demand",
    "R03": "Agreed against delivered care",
    "R04": "Residents: stay, indication and agreements",
    "R05": "Staff: contract, level and department",
    "R06": "Ledger: balance and totals",
    "R07": "Volume of the deliveries",
    "R08": "Mapping tables",
    "R09": "Plausibility",
    "R10": "Bridge between ledger and budgets",
}
SOURCES = {
    "I": "What the instrument itself reports",
    "XAF": "What the audit file says itself",
    "FHIR": "What the care file says itself",
    "TAB": "What the files say themselves",
    "D": "Deliveries",
}
"""Findings of adapters, by the letters of their code."""
WORK = {
    "indication_without_resident": "Indication without a resident",
    "several_residents": "Indication of a person with several records",
    "resident_without_indication": "Resident without a valid indication",
    "resident_moved": "Moved",
    "unit_unknown": "Stay in a place that is not connected",
    "resident_left": "Left, while the indication goes on",
}
"""Kinds of the work list."""
SEVERITIES = {"error": "error", "warning": "warning", "info": "info"}
STREAMS = {
    "units": "locations and departments",
    "residents": "residents",
    "stays": "stays",
    "absences": "absences",
    "indications": "indications",
    "care_agreements": "care agreements",
    "care_deliveries": "care delivered",
    "opt_outs": "opted-out components",
    "conversations": "monthly conversations",
    "profiles": "profiles",
    "satisfaction": "satisfaction",
    "contracts": "contracts",
    "hours": "hours",
    "wages": "wage cost",
    "accounts": "ledger accounts",
    "cost_centres": "cost centres",
    "ledger_lines": "ledger lines",
}
COLUMNS = {
    "level": "level",
    "day_part": "day part",
    "care_function": "care function",
    "performer": "performer",
    "payer": "payer",
    "ground": "ground",
    "wellbeing": "wellbeing",
    "minutes": "minutes",
    "times": "times",
    "per": "per",
    "staff_count": "number of carers",
    "group_size": "group size",
    "delivery_form": "delivery form",
    "kind": "kind of hours",
    "category": "cost category",
    "pool": "cost pool",
    "client_group": "client group",
    "zzp": "care profile",
    "unit_id": "department",
    "end_date": "end date",
    "start_date": "start date",
    "weekdays": "weekdays",
}
MAPPINGS = {
    "accounts": "ledger account",
    "cost_centres": "cost centre",
    "functions": "function",
    "activities": "activity code",
    "delivery_forms": "delivery form",
    "hour_kinds": "kind of hours",
    "agreements": "care agreement",
}
ALLOCATION = {
    "reciprocal": "reciprocally (support services serve each other as well)",
    "step_down": "step by step, in the configured order",
    "direct": "directly",
}
