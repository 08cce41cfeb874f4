"""Messages about a tariff list that cannot be read: nothing is written then."""

from __future__ import annotations

from ipvb_bridge.base.messages import message

UNREADABLE = message(
    "C66",
    en="{seen}: this is no CSV file or Excel workbook that can be read here",
    nl="{seen}: dit is geen CSV-bestand of Excel-werkmap die hier te lezen is",
    next_en="save it as .xlsx or CSV, without a password, at most 20 MB and 5,000 rows by 60 columns a sheet",
    next_nl="bewaar het als .xlsx of CSV, zonder wachtwoord, hooguit 20 MB en 5.000 regels bij 60 kolommen per blad",
)
NO_COLUMN = message(
    "C67",
    en="it is not clear which column holds {column}; headings seen: {seen}",
    nl="het is niet duidelijk welke kolom {column} bevat; gezien: {seen}",
    next_en="name the column with --column {column}=HEADING, or say it for all rows with --value {column}=VALUE",
    next_nl="noem de kolom met --column {column}=KOP, of geef één waarde voor alle regels met --value {column}=WAARDE",
)
BAD_CELL = message(
    "C68",
    en="{seen} cannot be read as {column}",
    nl="{seen} is niet te lezen als {column}",
    next_en="mend this cell in a copy of the list ({form}), then read it again; nothing was written",
    next_nl="verbeter deze cel in een kopie van de lijst ({form}) en lees opnieuw; er is niets geschreven",
)
NOTHING = message(
    "C69",
    en="the list holds no tariff of a care profile V&V; left out: {seen}",
    nl="de lijst bevat geen tarief van een zorgprofiel V&V; weggelaten: {seen}",
    next_en="name the sheet with --sheet, fill norms/tariff_codes.csv with the codes of the list, or check the file",
    next_nl="noem het blad met --sheet, zet de codes van de lijst in norms/tariff_codes.csv, of bekijk het bestand",
)
AMBIGUOUS = message(
    "M140",
    en="{seen} may be a thousand or one and a bit, and no other amount of the column tells which",
    nl="{seen} kan duizend zijn of één en nog wat, en geen ander bedrag in de kolom maakt dat duidelijk",
    next_en="say how the list writes decimals: --decimal comma or --decimal point",
    next_nl="zeg hoe de lijst decimalen schrijft: --decimal comma of --decimal point",
)
PERCENTAGE = message(
    "M141",
    en="{seen} is a percentage, and a tariff is an amount in euros a day",
    nl="{seen} is een percentage, en een tarief is een bedrag in euro per dag",
    next_en="name the column with the amounts: --column day_tariff=HEADING;"
    " the contract percentage stands in method.toml",
    next_nl="noem de kolom met de bedragen: --column day_tariff=KOP; het contractpercentage staat in method.toml",
)
CONTRADICTION = message(
    "M142",
    en="{profile} has two tariffs on one day: {first} and {second}",
    nl="{profile} heeft op één dag twee tarieven: {first} en {second}",
    next_en="keep the right row in a copy of the list, or give both their own dates; nothing was written",
    next_nl="houd in een kopie van de lijst de goede regel over, of geef beide eigen datums; er is niets geschreven",
)
ROW_TOO_WIDE = message(
    "M143",
    en="the row has {count} values under {headings} headings; the first too many: {seen}",
    nl="de regel heeft {count} waarden onder {headings} koppen; de eerste te veel: {seen}",
    next_en="an amount like 183,21 in a file with commas between its columns needs quotes; save the list again",
    next_nl="een bedrag als 183,21 in een bestand met komma's tussen de kolommen moet tussen aanhalingstekens;"
    " bewaar de lijst opnieuw",
)
MIXED = message(
    "M144",
    en="the column writes decimals in two ways: {first} and {second}",
    nl="de kolom schrijft decimalen op twee manieren: {first} en {second}",
    next_en="write all amounts of the column alike in a copy of the list; nothing was written",
    next_nl="schrijf alle bedragen van de kolom op één manier in een kopie van de lijst; er is niets geschreven",
)
