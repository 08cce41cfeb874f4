"""Messages of the steps: pull, calculate, reconcile."""

from __future__ import annotations

from ipvb_bridge.base.messages import message

INCOMPLETE = message(
    "D60",
    en="the delivery of {stream} broke off before its end; nothing of it counts",
    nl="de levering van {stream} is niet tot het eind gekomen; er telt niets van mee",
    next_en="run pull again; if it keeps happening, look at the source's export",
    next_nl="haal opnieuw op; blijft het gebeuren, kijk dan naar de export van de bron",
)
OUTSIDE_BAND = message(
    "D61",
    en="{stream} delivered {seen} rows where {low} to {high} are usual; the delivery is held back, nothing is closed",
    nl="{stream} leverde {seen} regels waar {low} tot {high} gewoon is; de levering wacht en er is niets afgesloten",
    next_en="look at the source (a lost right looks like this); if the delivery is right: "
    "ipvb-bridge pull {connection} --accept-volume",
    next_nl="kijk naar de bron (een vervallen recht ziet er zo uit); klopt de levering: "
    "ipvb-bridge pull {connection} --accept-volume",
)
UNKNOWN_STREAM = message(
    "D62",
    en="connection {connection} does not deliver {seen}; it offers: {known}",
    nl="koppeling {connection} levert geen {seen}; wel: {known}",
    next_en="name one of those streams",
    next_nl="noem een van die stromen",
)
SKIPPED = message(
    "D63",
    en="{stream} was not tried, because an earlier stream of {connection} could not reach or enter the system",
    nl="{stream} is niet geprobeerd: een eerdere stroom van {connection} kon het systeem niet bereiken of niet in",
    next_en="solve that first, then run: ipvb-bridge pull {connection}",
    next_nl="los dat eerst op en geef daarna: ipvb-bridge pull {connection}",
)
NOT_ARCHIVED = message(
    "D64",
    en="the rows of {stream} are stored, but what was read could not be put away: {seen}",
    nl="de regels van {stream} zijn opgeslagen, maar het gelezene kon niet worden opgeborgen: {seen}",
    next_en="mend it; the next pull recognises the file and tries again",
    next_nl="herstel het; de volgende keer wordt het bestand herkend en opnieuw opgeborgen",
)
VANISHED = message(
    "D65",
    en="{stream} was delivered by {connection} before and is not offered any more; its rows stay",
    nl="{stream} werd eerder door {connection} geleverd en wordt niet meer aangeboden; de regels blijven staan",
    next_en="look whether its file or right is missing; if it is meant, name the others with streams in bridge.toml",
    next_nl="kijk of het bestand of recht ontbreekt; is het de bedoeling, noem dan de andere bij streams",
)
NO_CONNECTIONS = message(
    "C12",
    en="bridge.toml has no connections, so there is nothing to pull",
    nl="bridge.toml heeft geen koppelingen, dus er is niets op te halen",
    next_en="add [connections.NAME]; ipvb-bridge init DIR --template example shows three",
    next_nl="voeg [connections.NAAM] toe; ipvb-bridge init MAP --template example toont er drie",
)
BAD_TABLE = message(
    "C13",
    en="{rows} of the rows cannot be used; the first: {seen}",
    nl="{rows} van de regels zijn onbruikbaar; de eerste: {seen}",
    next_en="correct the file, then run: ipvb-bridge check",
    next_nl="verbeter het bestand en geef daarna: ipvb-bridge check",
)
UNKNOWN_FILE = message(
    "C14",
    en="{seen} is no table of this folder{nearest}, and nobody would read it",
    nl="{seen} is geen tabel van deze map{nearest}, en niemand zou het lezen",
    next_en="rename or remove the file; the tables are in docs/streams.md",
    next_nl="hernoem of verwijder het bestand; de tabellen staan in docs/streams.md",
)
NO_PERIOD = message(
    "M60",
    en="{seen} is not a period",
    nl="{seen} is geen periode",
    next_en="give a month like 2026-01, or a span like 2026-01-01..2026-01-31",
    next_nl="geef een maand als 2026-01, of een reeks als 2026-01-01..2026-01-31",
)
NO_VERSION = message(
    "M61",
    en="there are no results for {seen}; there are: {known}",
    nl="er zijn geen uitkomsten voor {seen}; wel: {known}",
    next_en="run: ipvb-bridge calculate {period}",
    next_nl="geef: ipvb-bridge calculate {period}",
)
NO_DATA = message(
    "M62",
    en="there is nothing to calculate with: {seen} hold no rows",
    nl="er is niets om mee te rekenen: {seen} zijn leeg",
    next_en="run: ipvb-bridge pull",
    next_nl="geef: ipvb-bridge pull",
)
SAME_KEY_TWICE = message(
    "M63",
    en="{rows} keys of {stream} come from more than one connection ({seen}); it is not clear which counts",
    nl="{rows} sleutels van {stream} komen uit meer dan een koppeling ({seen}); onduidelijk is welke telt",
    next_en="let one connection deliver the stream: set streams = [...] on the other in bridge.toml",
    next_nl="laat een koppeling de stroom leveren: zet streams = [...] bij de andere in bridge.toml",
)
NOTHING_TO_COMPARE = message(
    "M64",
    en="{seen} has one version of results, so there is nothing to compare with",
    nl="{seen} heeft een versie van de uitkomsten, dus er is niets om mee te vergelijken",
    next_en="pull new data or change a setting, run calculate again, then compare",
    next_nl="haal nieuwe gegevens op of wijzig een instelling, reken opnieuw en vergelijk dan",
)
NO_INSTRUMENT = message(
    "M65",
    en="{seen} is no instrument{nearest}",
    nl="{seen} is geen instrument{nearest}",
    next_en="look which there are: ipvb-bridge instruments",
    next_nl="kijk welke er zijn: ipvb-bridge instruments",
)
