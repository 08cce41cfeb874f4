"""Messages of the method: why a calculation stops. M01-M19 days, demand, budget, formation; M20-M49 price."""

from __future__ import annotations

from ipvb_bridge.base.messages import message

# --- M01-M19: days, demand, budget, formation ------------------------------------------------------------------

LEVEL_WITHOUT_PRICE = message(
    "M01",
    en="lines use a level that has no hourly price: {listed}",
    nl="regels gebruiken een niveau zonder uurprijs: {listed}",
    next_en="Deliver worked hours of this level in the cost window, or correct the level of these agreements"
    " (mappings/activities.csv, mappings/agreements.csv).",
    next_nl="Lever gewerkte uren van dit niveau in het kostenvenster aan, of verbeter het niveau van deze afspraken"
    " (mappings/activities.csv, mappings/agreements.csv).",
)
UNITS_IN_A_CIRCLE = message(
    "M02",
    en="units lie above themselves: {listed}",
    nl="eenheden liggen boven zichzelf: {listed}",
    next_en="Correct parent_id of these units in the source, then run `ipvb-bridge pull`.",
    next_nl="Verbeter parent_id van deze eenheden in de bron en draai dan `ipvb-bridge pull`.",
)
DEMAND_WITHOUT_DIRECT_SHARE = message(
    "M03",
    en="method.toml has no direct share for a level with demand: {listed}",
    nl="method.toml heeft geen aandeel directe tijd voor een niveau met zorgvraag: {listed}",
    next_en="Add the level under [direct_share] in method.toml.",
    next_nl="Zet het niveau onder [direct_share] in method.toml.",
)

# --- M20-M49: mapping, allocation, cost price, bridge, reconciliation ---------------------------------------------

CONTRADICTING_ROWS = message(
    "M20",
    en="two rows of {where} hold on the same day: {first} and {second}",
    nl="twee regels van {where} gelden op dezelfde dag: {first} en {second}",
    next_en="Make the ranges or dates of these rows exclude each other, then run `ipvb-bridge check`.",
    next_nl="Laat de reeksen of datums van deze regels elkaar uitsluiten en draai dan `ipvb-bridge check`.",
)
UNMAPPED_MONEY = message(
    "M21",
    en="the ledger holds money without a place: {count} codes, {amount} euros in all: {listed}",
    nl="in het grootboek staat geld zonder bestemming: {count} codes, samen {amount} euro: {listed}",
    next_en="Add the codes to mappings/accounts.csv or mappings/cost_centres.csv; `ipvb-bridge mappings suggest`"
    " proposes rows.",
    next_nl="Vul mappings/accounts.csv of mappings/cost_centres.csv aan; `ipvb-bridge mappings suggest` doet een"
    " voorstel.",
)
UNKNOWN_POOL = message(
    "M22",
    en="mappings/cost_centres.csv names a pool that method.toml does not have: {listed}",
    nl="mappings/cost_centres.csv noemt een kostenpool die method.toml niet heeft: {listed}",
    next_en="Correct the name in mappings/cost_centres.csv, or add the pool under [cost_price.pools] in method.toml.",
    next_nl="Verbeter de naam in mappings/cost_centres.csv, of zet de pool onder [cost_price.pools] in method.toml.",
)
UNKNOWN_DRIVER_POOL = message(
    "M23",
    en="norms/drivers.csv names a pool that method.toml does not have: {listed}",
    nl="norms/drivers.csv noemt een kostenpool die method.toml niet heeft: {listed}",
    next_en="Correct the name in norms/drivers.csv, or add the pool under [cost_price.pools] in method.toml.",
    next_nl="Verbeter de naam in norms/drivers.csv, of zet de pool onder [cost_price.pools] in method.toml.",
)
DRIVER_FROM_FINAL = message(
    "M24",
    en="norms/drivers.csv passes on a final pool, which keeps its cost: {listed}",
    nl="norms/drivers.csv geeft een eindpool door, terwijl die zijn kosten houdt: {listed}",
    next_en="Remove these rows from norms/drivers.csv, or make the pool support under [cost_price.pools].",
    next_nl="Haal deze regels uit norms/drivers.csv, of maak de pool support onder [cost_price.pools].",
)
NO_DRIVER_UNITS = message(
    "M25",
    en="support pool {pool} has cost and no driver units to pass it on by ({method}, {window})",
    nl="ondersteunende pool {pool} heeft kosten, maar geen verdeeleenheden om ze door te geven ({method}, {window})",
    next_en="Give {pool} rows in norms/drivers.csv that hold within the cost window.",
    next_nl="Geef {pool} regels in norms/drivers.csv die binnen het kostenvenster gelden.",
)
CLOSED_LOOP = message(
    "M26",
    en="support pools pass their cost to each other only, none of it leaves: {listed}",
    nl="ondersteunende pools geven hun kosten alleen aan elkaar door, er komt niets uit: {listed}",
    next_en="Give at least one of them a row to a final pool in norms/drivers.csv.",
    next_nl="Geef minstens een van deze pools in norms/drivers.csv een regel naar een eindpool.",
)
NO_WAGE_BASE = message(
    "M27",
    en="the care pool has {amount} euros of wages, and no payroll cost of client-facing contracts in {window}"
    " to divide it by",
    nl="de zorgpool heeft {amount} euro lonen, en er zijn in {window} geen loonkosten van cliëntgebonden contracten"
    " om ze naar te verdelen",
    next_en="Run `ipvb-bridge read` on the payroll connection for wages and contracts of these months, and check"
    " client_facing and mappings/functions.csv.",
    next_nl="Bekijk met `ipvb-bridge read` de lonen en contracten van deze maanden, en controleer client_facing en"
    " mappings/functions.csv.",
)
NO_HOURS_BASE = message(
    "M28",
    en="the care pool has {amount} euros to divide by worked hours, and {window} has none of client-facing"
    " contracts with a level",
    nl="de zorgpool heeft {amount} euro te verdelen naar gewerkte uren, en in {window} zijn er geen van cliëntgebonden"
    " contracten met een niveau",
    next_en="Run `ipvb-bridge read` on the connection that delivers hours for these months, and check"
    " mappings/hour_kinds.csv and mappings/functions.csv.",
    next_nl="Bekijk met `ipvb-bridge read` de uren van deze maanden, en controleer mappings/hour_kinds.csv en"
    " mappings/functions.csv.",
)
NO_DIRECT_SHARE = message(
    "M29",
    en="method.toml has no direct share for a level with worked hours: {listed}",
    nl="method.toml heeft geen aandeel directe tijd voor een niveau met gewerkte uren: {listed}",
    next_en="Add the level under [direct_share] in method.toml.",
    next_nl="Zet het niveau onder [direct_share] in method.toml.",
)
GINK_WITHOUT_PRICE = message(
    "M30",
    en="the GINK mix uses a level without client hours in {window}: {listed}",
    nl="de GINK-mix gebruikt een niveau zonder cliënturen in {window}: {listed}",
    next_en="Deliver the hours of this level, or take it out of [gink_mix] in method.toml.",
    next_nl="Lever de uren van dit niveau aan, of haal het uit [gink_mix] in method.toml.",
)
COMPONENT_WITHOUT_DAYS = message(
    "M31",
    en="component {component} costs {amount} euros in {window} and no resident has a day of it",
    nl="component {component} kost {amount} euro in {window}, en geen bewoner heeft er een dag van",
    next_en="Check the stays of these months and [cost_price.without] in method.toml, or map the cost to another pool.",
    next_nl="Controleer de verblijven van deze maanden en [cost_price.without] in method.toml, of breng de kosten onder"
    " in een andere pool.",
)
NO_ORT_ROWS = message(
    "M32",
    en="day_part_pricing is irregularity, and norms/ort.csv has no percentage for the hours of {window}",
    nl="day_part_pricing is irregularity, maar norms/ort.csv heeft geen percentage voor de uren van {window}",
    next_en="Fill norms/ort.csv for these dates, or set day_part_pricing to uniform in method.toml.",
    next_nl="Vul norms/ort.csv voor deze datums, of zet day_part_pricing in method.toml op uniform.",
)
NEEDS_ANALYSIS = message(
    "C65",
    en="this instrument needs the library {seen}, which is not installed",
    nl="dit instrument heeft de bibliotheek {seen} nodig, en die is niet geïnstalleerd",
    next_en="run: pip install 'ipvb-bridge[analysis]'",
    next_nl="geef: pip install 'ipvb-bridge[analysis]'",
)
