"""Messages of the gate: why a row is held back (:mod:`ipvb_bridge.core.validation`)."""

from __future__ import annotations

from ipvb_bridge.base.messages import message

MISSING = message(
    "D01",
    en="{column} is empty, and every row needs it",
    nl="{column} is leeg, terwijl elke regel dit nodig heeft",
    next_en="fill the field in the source and deliver again",
    next_nl="vul het veld in de bron en lever opnieuw",
)
UNKNOWN_VALUE = message(
    "D02",
    en="{column} holds {seen}, which is none of: {allowed}",
    nl="{column} bevat {seen}; toegestaan is: {allowed}",
    next_en="correct the value in the source, or translate it in the export",
    next_nl="verbeter de waarde in de bron, of vertaal haar in de export",
)
PATTERN = message(
    "D03",
    en="{column} holds {seen}, which does not have the form {allowed}",
    nl="{column} bevat {seen}; dat heeft niet de vorm {allowed}",
    next_en="correct the value in the source and deliver again",
    next_nl="verbeter de waarde in de bron en lever opnieuw",
)
NOT_A_DATE = message(
    "D04",
    en="{column} holds {seen}, which is not a date like 2026-01-31",
    nl="{column} bevat {seen}; dat is geen datum als 2026-01-31",
    next_en="export dates as year-month-day",
    next_nl="exporteer datums als jaar-maand-dag",
)
NOT_A_MOMENT = message(
    "D05",
    en="{column} holds {seen}, which is not a moment with its offset like 2026-01-31T07:00:00+01:00",
    nl="{column} bevat {seen}; dat is geen tijdstip met tijdzone als 2026-01-31T07:00:00+01:00",
    next_en="export moments with offset; a local time that the clock change skips does not exist",
    next_nl="exporteer tijdstippen met tijdzone; een tijd die de zomertijd overslaat bestaat niet",
)
NOT_A_FLAG = message(
    "D06",
    en="{column} holds {seen}; it is true or false",
    nl="{column} bevat {seen}; het is true of false",
    next_en="export the field as true or false",
    next_nl="exporteer het veld als true of false",
)
NOT_A_NUMBER = message(
    "D07",
    en="{column} holds {seen}, which is not a number with a decimal point and no separators",
    nl="{column} bevat {seen}; dat is geen getal met een decimale punt en zonder duizendtekens",
    next_en="correct the value in the source and deliver again",
    next_nl="verbeter de waarde in de bron en lever opnieuw",
)
DECIMAL_COMMA = message(
    "D08",
    en="{column} holds {seen} with a decimal comma, while this connection says decimal point",
    nl="{column} bevat {seen} met een decimale komma, terwijl deze koppeling een decimale punt opgeeft",
    next_en='set decimal = "," in the settings of this connection in bridge.toml, then run pull again',
    next_nl='zet decimal = "," bij deze koppeling in bridge.toml en haal daarna opnieuw op',
)
TOO_PRECISE = message(
    "D09",
    en="{column} holds {seen}, which has more than {allowed} decimals",
    nl="{column} bevat {seen}; dat heeft meer dan {allowed} decimalen",
    next_en="round in the source: the program never rounds what it reads",
    next_nl="rond af in de bron: het programma rondt niets af wat het leest",
)
OUT_OF_BOUNDS = message(
    "D10",
    en="{column} holds {seen}, outside {allowed}",
    nl="{column} bevat {seen}; dat ligt buiten {allowed}",
    next_en="correct the value in the source and deliver again",
    next_nl="verbeter de waarde in de bron en lever opnieuw",
)
END_BEFORE_START = message(
    "D11",
    en="{column} lies before {allowed}",
    nl="{column} ligt voor {allowed}",
    next_en="correct the dates in the source and deliver again",
    next_nl="verbeter de datums in de bron en lever opnieuw",
)
WEEKDAYS_PER = message(
    "D12",
    en="weekdays are given while per is {seen}; with weekdays, times counts per such day and per is day",
    nl="er staan weekdagen terwijl per {seen} is; bij weekdagen telt times per zo'n dag en is per day",
    next_en="set per to day in the source, or leave the weekdays out",
    next_nl="zet per op day in de bron, of laat de weekdagen weg",
)
DUPLICATE_KEY = message(
    "D13",
    en="{column} stands more than once in this delivery",
    nl="{column} komt meer dan eens voor in deze levering",
    next_en="remove the double in the source; until then none of the rows with this key counts",
    next_nl="verwijder de dubbele in de bron; tot dan telt geen van de regels met deze sleutel",
)
EXTRA_COLUMN = message(
    "D14",
    en="{seen} is no column of {table}",
    nl="{seen} is geen kolom van {table}",
    next_en="take the column out of the delivery; the columns are in docs/streams.md",
    next_nl="haal de kolom uit de levering; de kolommen staan in docs/streams.md",
)
FLOAT_COLUMN = message(
    "D15",
    en="{column} was handed over as a binary fraction, in which money and time are not exact",
    nl="{column} is aangeleverd als binaire breuk, waarin geld en tijd niet precies zijn",
    next_en="have the adapter hand over text, or whole numbers as records.py declares them",
    next_nl="laat de adapter tekst leveren, of hele getallen zoals records.py ze beschrijft",
)
WRONG_TYPE = message(
    "D16",
    en="{column} was handed over as {seen}, which is neither text nor the type that records.py declares",
    nl="{column} is aangeleverd als {seen}; dat is geen tekst en niet het type dat records.py beschrijft",
    next_en="have the adapter hand over text in the canonical form, or the declared type; moments with a time zone",
    next_nl="laat de adapter tekst in de canonieke vorm leveren, of het beschreven type; tijdstippen met tijdzone",
)
CONTROL_CHARACTER = message(
    "D17",
    en="{column} holds a control character, which is no text that anybody wrote",
    nl="{column} bevat een besturingsteken; dat is geen tekst die iemand heeft geschreven",
    next_en="correct the value in the source; an export in the wrong encoding may look like this too",
    next_nl="verbeter de waarde in de bron; een export in de verkeerde codering kan er ook zo uitzien",
)
NEITHER = message(
    "D18",
    en="{column} is empty, and so is what could stand in its place ({allowed})",
    nl="{column} is leeg, en wat daarvoor in de plaats kan staan ({allowed}) ook",
    next_en="fill one of the two in the source and deliver again; a BSN that fails the eleven test counts as empty",
    next_nl="vul een van beide in de bron en lever opnieuw; een BSN dat niet aan de elfproef voldoet, telt als leeg",
)
