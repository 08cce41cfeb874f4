"""Messages of the adapter `fhir`: FHIR01-29 stop a delivery or a write, FHIR30 and on are findings."""

from __future__ import annotations

from ipvb_bridge.base.messages import message

_NOT_TAKEN_EN = "nothing of this delivery was taken over"
_NOT_TAKEN_NL = "er is niets van deze levering overgenomen"

NO_PAGE = message(
    "FHIR01",
    en="{where} answers with {seen} where a page of results (Bundle of type {expected}) was asked for",
    nl="{where} antwoordt met {seen} waar een pagina met resultaten (Bundle van het type {expected}) is gevraagd",
    next_en="check that url of this connection is the base address of a FHIR R4 server; " + _NOT_TAKEN_EN,
    next_nl="controleer of url van deze koppeling het basisadres van een FHIR R4-server is; " + _NOT_TAKEN_NL,
)
OUTCOME = message(
    "FHIR02",
    en="{where} reports an error instead of results: {seen}",
    nl="{where} meldt een fout in plaats van resultaten: {seen}",
    next_en="show this to the system's owner; " + _NOT_TAKEN_EN,
    next_nl="laat dit zien aan de beheerder van het systeem; " + _NOT_TAKEN_NL,
)
CIRCLE = message(
    "FHIR03",
    en="the pages of {where} run in circles: the next page is one that was read already",
    nl="de pagina's van {where} lopen in een kring: de volgende pagina is al gelezen",
    next_en="report this to the system's owner; a smaller or larger page_size may help meanwhile",
    next_nl="meld dit bij de beheerder van het systeem; een andere page_size helpt intussen misschien",
)
NOT_OFFERED = message(
    "FHIR04",
    en="{where} does not offer {seen}, which {stream} is read from",
    nl="{where} biedt {seen} niet aan, waaruit {stream} wordt gelezen",
    next_en="name only the streams that it has with `streams = [...]` under this connection in bridge.toml",
    next_nl="noem met `streams = [...]` onder deze koppeling in bridge.toml alleen de stromen die er zijn",
)
NOT_R4 = message(
    "FHIR05",
    en="{where} speaks FHIR {seen}; this adapter reads R4 (4.0)",
    nl="{where} spreekt FHIR {seen}; deze adapter leest R4 (4.0)",
    next_en="ask the system's owner for the address of its R4 interface",
    next_nl="vraag de beheerder van het systeem om het adres van de R4-koppeling",
)
MOST_GONE = message(
    "FHIR06",
    en="{seen} of {known} records of {where} are gone at once; a missing right looks like that",
    nl="{seen} van de {known} records van {where} zijn in één keer weg; zo ziet een ontbrekend recht eruit",
    next_en="ask the system's owner whether rights changed; if they are really gone, raise most_gone for one run",
    next_nl="vraag de beheerder of rechten zijn gewijzigd; zijn ze echt weg, verhoog dan most_gone voor één run",
)
UNSTABLE = message(
    "FHIR07",
    en="{where} counts {expected} records and hands over {seen}, three times in a row",
    nl="{where} telt {expected} records en geeft er {seen}, drie keer achter elkaar",
    next_en="the next run tries again; when it keeps happening, report it to the system's owner",
    next_nl="de volgende run probeert het opnieuw; blijft het gebeuren, meld het dan bij de beheerder van het systeem",
)
KNOWN_RECORD = message(
    "FHIR08",
    en="{where} does not show the patient that known_resident names ({seen})",
    nl="{where} toont de patiënt niet die known_resident noemt ({seen})",
    next_en="correct known_resident, or ask the system's owner for the right to read patients",
    next_nl="verbeter known_resident, of vraag de beheerder van het systeem om leesrecht op patiënten",
)
NOT_WRITABLE = message(
    "FHIR10",
    en="{kind} cannot be written to {where}: {seen}",
    nl="{kind} kan niet naar {where} worden geschreven: {seen}",
    next_en="turn it on with `write = [...]` under this connection, or ask the system's owner to offer it",
    next_nl="zet het aan met `write = [...]` onder deze koppeling, of vraag de beheerder van het systeem het te bieden",
)
DIFFERS = message(
    "FHIR11",
    en="what {where} holds differs from what was written: {seen}",
    nl="wat in {where} staat wijkt af van wat is geschreven: {seen}",
    next_en="look at the record in the system; it may drop what it does not know. It does not count as delivered",
    next_nl="bekijk het record in het systeem; misschien laat het weg wat het niet kent. Het telt niet als afgeleverd",
)
TAKEN_UP = message(
    "FHIR12",
    en="{where} has been taken up by the team already (status {seen}); it is not overwritten",
    nl="{where} is al door het team opgepakt (status {seen}); het wordt niet overschreven",
    next_en="let the team finish it; the next period makes a new one",
    next_nl="laat het team het afronden; de volgende periode maakt een nieuwe",
)
SEVERAL = message(
    "FHIR13",
    en="{where} holds {seen} records under one key of ours",
    nl="{where} bevat {seen} records onder één sleutel van ons",
    next_en="remove all but one in the system; nothing is written until then",
    next_nl="verwijder in het systeem alle op één na; tot dan wordt er niets geschreven",
)
NO_VERSION = message(
    "FHIR14",
    en="{where} tells no version of its records, so a change by somebody else could be lost; nothing was overwritten",
    nl="{where} noemt geen versie bij zijn records, zodat een wijziging van een ander verloren kan gaan; er is niets "
    "overschreven",
    next_en="ask the system's owner to offer versions (versionId) of {seen}, or take this kind out of `write`",
    next_nl="vraag de beheerder van het systeem versies (versionId) van {seen} te bieden, of haal deze soort uit "
    "`write`",
)
NO_SUBJECT = message(
    "FHIR30",
    en="{count} records of {what} name no resident and are held back: {which}",
    nl="{count} records van {what} noemen geen bewoner en zijn vastgehouden: {which}",
    next_en="have the resident filled in in the system",
    next_nl="laat de bewoner invullen in het systeem",
)
UNRESOLVED = message(
    "FHIR31",
    en="{count} records of {what} refer to something that is not there: {which}",
    nl="{count} records van {what} verwijzen naar iets dat er niet is: {which}",
    next_en="have the reference corrected in the system, or ask for the right to read what it refers to",
    next_nl="laat de verwijzing herstellen in het systeem, of vraag leesrecht op waar zij naar verwijst",
)
ALL_DONE = message(
    "FHIR32",
    en="{count} care plans are active although all their activities are done: {which}",
    nl="{count} zorgplannen zijn actief terwijl al hun activiteiten klaar zijn: {which}",
    next_en="have the plans closed in the system; until then see whether this care is still given",
    next_nl="laat de plannen sluiten in het systeem; kijk tot dan of deze zorg nog gegeven wordt",
)
NO_END = message(
    "FHIR33",
    en="{count} activities are done or stopped and have no end date; they are not counted as care: {which}",
    nl="{count} activiteiten zijn klaar of gestopt zonder einddatum; ze tellen niet mee als zorg: {which}",
    next_en="have an end date filled in, so that the days before it count",
    next_nl="laat een einddatum invullen, zodat de dagen daarvoor meetellen",
)
STAY_WITHOUT_END = message(
    "FHIR48",
    en="{count} stays are finished and have no end; they are not counted as living here: {which}",
    nl="{count} verblijven zijn beëindigd maar hebben geen einddatum; ze tellen niet mee als wonen: {which}",
    next_en="have the end of the stay filled in in the system, so that the days before it count",
    next_nl="laat in het systeem de einddatum van het verblijf invullen, zodat de dagen daarvoor meetellen",
)
ON_HOLD = message(
    "FHIR49",
    en="{count} agreements are on hold, or nobody knows whether they run; they count as agreed care: {which}",
    nl="{count} afspraken staan stil, of niemand weet of ze lopen; ze tellen mee als afgesproken zorg: {which}",
    next_en="see whether this care is given; if not, have the plan ended in the system",
    next_nl="kijk of deze zorg gegeven wordt; zo niet, laat het plan beëindigen in het systeem",
)
TIMES_UNCLEAR = message(
    "FHIR34",
    en="of {count} agreements the number of times is missing because the schedule is words, a range or contradicts "
    "itself: {which}",
    nl="van {count} afspraken ontbreekt het aantal keren omdat het schema uit woorden of een bereik bestaat of "
    "zichzelf tegenspreekt: {which}",
    next_en="fill it in in mappings/agreements.csv, or have the schedule made exact in the system",
    next_nl="vul het aan in mappings/agreements.csv, of laat het schema in het systeem eenduidig maken",
)
ROUNDED = message(
    "FHIR35",
    en="of {count} agreements the number of times was rounded to four decimals (every three days, say): {which}",
    nl="van {count} afspraken is het aantal keren afgerond op vier decimalen (bijvoorbeeld om de drie dagen): {which}",
    next_en="nothing; the difference is less than a second a day",
    next_nl="niets; het verschil is minder dan een seconde per dag",
)
DAY_PART_UNCLEAR = message(
    "FHIR36",
    en="of {count} agreements the day part or weekday is missing because the schedule does not tell how its times are "
    "divided: {which}",
    nl="van {count} afspraken ontbreekt dagdeel of weekdag omdat het schema niet zegt hoe de keren zijn verdeeld: "
    "{which}",
    next_en="fill it in in mappings/agreements.csv or mappings/activities.csv",
    next_nl="vul het aan in mappings/agreements.csv of mappings/activities.csv",
)
CODE_UNCLEAR = message(
    "FHIR37",
    en="{count} agreements have no code of the systems in activity_systems: {which}",
    nl="{count} afspraken hebben geen code uit de codestelsels van activity_systems: {which}",
    next_en="add the code system that the organisation uses to activity_systems of this connection",
    next_nl="voeg het codestelsel dat de organisatie gebruikt toe aan activity_systems van deze koppeling",
)
UNREADABLE = message(
    "FHIR38",
    en="{count} records of {what} are not built as FHIR says and are held back: {which}",
    nl="{count} records van {what} zijn niet opgebouwd zoals FHIR voorschrijft en zijn vastgehouden: {which}",
    next_en="show this to the system's owner; the rest of the delivery is not affected",
    next_nl="laat dit zien aan de beheerder van het systeem; de rest van de levering heeft er geen last van",
)
ROLE_UNMAPPED = message(
    "FHIR39",
    en="{count} roles of employees have no level: {which}",
    nl="{count} rollen van medewerkers hebben geen deskundigheidsniveau: {which}",
    next_en="add their codes to levels of this connection in bridge.toml",
    next_nl="voeg hun codes toe aan levels van deze koppeling in bridge.toml",
)
NO_ACTIVITY = message(
    "FHIR40",
    en="{count} care plans have no activity, or one that only refers to another record: {which}",
    nl="{count} zorgplannen hebben geen activiteit, of een die alleen naar een ander record verwijst: {which}",
    next_en="have the agreed care filled in in the plan itself, or deliver it through another connection",
    next_nl="laat de afgesproken zorg in het plan zelf invullen, of lever haar via een andere koppeling",
)
TWO_RECORDS = message(
    "FHIR41",
    en="one person has several records as a resident: {which}",
    nl="één persoon heeft meer dan één dossier als bewoner: {which}",
    next_en="have the records merged in the system; they are never merged here",
    next_nl="laat de dossiers samenvoegen in het systeem; hier worden ze nooit samengevoegd",
)
DATE_UNCLEAR = message(
    "FHIR42",
    en="{count} records of {what} have a date without a day; it counts as missing: {which}",
    nl="{count} records van {what} hebben een datum zonder dag; die geldt als ontbrekend: {which}",
    next_en="have the whole date filled in in the system",
    next_nl="laat de volledige datum invullen in het systeem",
)
RESTORED = message(
    "FHIR43",
    en="{count} records of {what} were missed while paging, because records changed meanwhile; they were read one by "
    "one",
    nl="{count} records van {what} vielen bij het bladeren weg doordat er intussen records wijzigden; ze zijn apart "
    "opgehaald",
    next_en="nothing; the delivery is whole",
    next_nl="niets; de levering is volledig",
)
MINUTES_UNCLEAR = message(
    "FHIR44",
    en="of {count} agreements the minutes are missing because the schedule gives a range or another unit: {which}",
    nl="van {count} afspraken ontbreken de minuten omdat het schema een bereik of een andere eenheid geeft: {which}",
    next_en="fill them in in mappings/agreements.csv or mappings/activities.csv",
    next_nl="vul ze aan in mappings/agreements.csv of mappings/activities.csv",
)
NO_BSN = message(
    "FHIR45",
    en="{count} patients have no BSN that passes the eleven test, or more than one, and get no key of a person: "
    "{which}",
    nl="{count} patiënten hebben geen BSN dat aan de elfproef voldoet, of meer dan één, en krijgen geen sleutel van de "
    "persoon: {which}",
    next_en="have the BSN checked and filled in in the system; until then nothing of another connection finds them",
    next_nl="laat het BSN in het systeem nagaan en invullen; tot dan vindt niets uit een andere koppeling hen",
)
NOT_AGREED = message(
    "FHIR46",
    en="{count} care plans or activities are a proposal, an option or something not to do; they are not counted as "
    "care: {which}",
    nl="{count} zorgplannen of activiteiten zijn een voorstel, een mogelijkheid of iets dat juist niet moet gebeuren; "
    "ze tellen niet mee als zorg: {which}",
    next_en="nothing, unless this care is agreed: then have the intent of the plan corrected in the system",
    next_nl="niets, tenzij deze zorg wel is afgesproken: laat dan de intentie (intent) van het plan in het systeem "
    "verbeteren",
)
LENGTH_UNCLEAR = message(
    "FHIR47",
    en="of {count} agreements the last day is not known, because the schedule gives a range or a length that cannot be "
    "worked out; they count until they are ended: {which}",
    nl="van {count} afspraken is de laatste dag niet bekend, omdat het schema een bereik geeft of een duur die niet "
    "uit te rekenen is; ze tellen mee tot ze zijn beëindigd: {which}",
    next_en="have an end date filled in in the system",
    next_nl="laat in het systeem een einddatum invullen",
)
