"""Messages of the store."""

from __future__ import annotations

from ipvb_bridge.base.messages import message

UNKNOWN_URL = message(
    "S01",
    en="{seen} is no address of a database",
    nl="{seen} is geen adres van een database",
    next_en="in bridge.toml give sqlite:///bridge.db or postgresql+psycopg://user@host/name",
    next_nl="geef in bridge.toml sqlite:///bridge.db of postgresql+psycopg://gebruiker@host/naam",
)
NO_DRIVER = message(
    "S02",
    en="the driver for PostgreSQL is not installed",
    nl="het stuurprogramma voor PostgreSQL is niet geïnstalleerd",
    next_en="pip install 'ipvb-bridge[postgres]'",
    next_nl="pip install 'ipvb-bridge[postgres]'",
)
NEWER_DATABASE = message(
    "S03",
    en="the database {where} was made by a newer version of this program (schema {seen}, this one knows {known})",
    nl="de database {where} is door een nieuwere versie van dit programma gemaakt (schema {seen}, dit kent {known})",
    next_en="install that version: pip install --upgrade ipvb-bridge",
    next_nl="installeer die versie: pip install --upgrade ipvb-bridge",
)
UNREACHABLE = message(
    "S04",
    en="the database {where} does not answer: {seen}",
    nl="de database {where} antwoordt niet: {seen}",
    next_en="see whether the server runs and the host and port in bridge.toml are right, then try again",
    next_nl="kijk of de server draait en of host en poort in bridge.toml kloppen; probeer het daarna opnieuw",
)
LOGIN_REFUSED = message(
    "S05",
    en="the database {where} refuses the login: {seen}",
    nl="de database {where} weigert de aanmelding: {seen}",
    next_en="correct the user or the password that bridge.toml refers to",
    next_nl="verbeter de gebruiker of het wachtwoord waarnaar bridge.toml verwijst",
)
NO_SUCH_DATABASE = message(
    "S06",
    en="there is no database {where}: {seen}",
    nl="de database {where} bestaat niet: {seen}",
    next_en="have it made (createdb), or correct its name in bridge.toml",
    next_nl="laat haar aanmaken (createdb), of verbeter de naam in bridge.toml",
)
READ_ONLY = message(
    "S07",
    en="the database {where} cannot be written: {seen}",
    nl="in de database {where} kan niet worden geschreven: {seen}",
    next_en="give this user the right to write the file, its folder or the tables",
    next_nl="geef deze gebruiker schrijfrecht op het bestand, de map of de tabellen",
)
DISK_FULL = message(
    "S08",
    en="the disk of the database {where} is full; nothing of this delivery turned current",
    nl="de schijf van de database {where} is vol; van deze levering is niets geldend geworden",
    next_en="make room and run the same command again: it starts over by itself",
    next_nl="maak ruimte en geef dezelfde opdracht opnieuw: die begint vanzelf opnieuw",
)
NOT_A_DATABASE = message(
    "S09",
    en="{where} is not a database of this program: {seen}",
    nl="{where} is geen database van dit programma: {seen}",
    next_en="give another file in bridge.toml, or put back a copy of the right one",
    next_nl="geef in bridge.toml een ander bestand, of zet een kopie van het goede terug",
)
LOCKED = message(
    "S10",
    en="the database {where} is held by another program for too long",
    nl="de database {where} wordt te lang door een ander programma vastgehouden",
    next_en="close the program that has the file open, then try again",
    next_nl="sluit het programma dat het bestand open heeft en probeer het opnieuw",
)
BUSY = message(
    "S11",
    en="{connection} {stream} is being pulled already by run {seen}",
    nl="{connection} {stream} wordt al opgehaald door run {seen}",
    next_en="wait until it is done: ipvb-bridge state",
    next_nl="wacht tot die klaar is: ipvb-bridge state",
)
REPLACED = message(
    "S12",
    en="run {seen} was replaced by a later one and changes nothing any more",
    nl="run {seen} is door een latere vervangen en wijzigt niets meer",
    next_en="look at the later run: ipvb-bridge state",
    next_nl="bekijk de latere run: ipvb-bridge state",
)
DIED = message(
    "S13",
    en="the run stopped half way; a later run has taken its place",
    nl="de run is halverwege gestopt; een latere run is ervoor in de plaats gekomen",
    next_en="nothing: the later run read the whole delivery again",
    next_nl="niets: de latere run heeft de hele levering opnieuw gelezen",
)
NO_TABLE = message(
    "S14",
    en="version {version} of {period} has no table {seen}; it has: {tables}",
    nl="versie {version} van {period} heeft geen tabel {seen}; wel: {tables}",
    next_en="choose one of these: ipvb-bridge results {period} TABLE",
    next_nl="kies er een van deze: ipvb-bridge results {period} TABEL",
)
FAILED = message(
    "S15",
    en="the database {where} refused a statement: {seen}",
    nl="de database {where} weigerde een opdracht: {seen}",
    next_en="run the same command again; if it stays, send this message to the makers",
    next_nl="geef dezelfde opdracht opnieuw; blijft het, stuur deze melding dan aan de makers",
)
UNKEEPABLE = message(
    "S16",
    en="{where} holds a text that the database cannot keep: {seen}",
    nl="{where} bevat een tekst die de database niet kan bewaren: {seen}",
    next_en="remove the odd character (often NUL) in the source and deliver again",
    next_nl="verwijder het vreemde teken (vaak NUL) in de bron en lever opnieuw",
)
NO_PERIOD = message(
    "S17",
    en="{connection} delivers {stream} for a span of months or by {seen}, which has no such column",
    nl="{connection} levert {stream} per maand of per {seen}, en zo'n kolom is er niet",
    next_en="report it to the maker of the adapter: its scope does not fit the stream",
    next_nl="meld het de maker van de adapter: de reikwijdte past niet bij de stroom",
)
NO_PLAN = message(
    "S20",
    en="there is no plan for {period}",
    nl="er is geen plan voor {period}",
    next_en="make one and look at it: ipvb-bridge publish {period}",
    next_nl="maak er een en bekijk het: ipvb-bridge publish {period}",
)
OUTDATED = message(
    "S21",
    en="plan {seen} for {period} is outdated: {why}",
    nl="plan {seen} voor {period} is verouderd: {why}",
    next_en="make a new plan and look at it: ipvb-bridge publish {period}",
    next_nl="maak een nieuw plan en bekijk het: ipvb-bridge publish {period}",
)
SIGNED_ALREADY = message(
    "S22",
    en="{seen} has signed plan {plan} already; the second signature is another person's",
    nl="{seen} heeft plan {plan} al getekend; de tweede handtekening is van iemand anders",
    next_en="let a second person sign: ipvb-bridge publish {period} --sign NAME",
    next_nl="laat een tweede persoon tekenen: ipvb-bridge publish {period} --sign NAAM",
)
SENDING = message(
    "S23",
    en="another process is sending from this database",
    nl="een ander proces is uit deze database aan het verzenden",
    next_en="wait until it is done: ipvb-bridge state",
    next_nl="wacht tot het klaar is: ipvb-bridge state",
)
SENDING_DIED = message(
    "S24",
    en="the process that was sending is gone; a later one has looked at what it left and gone on",
    nl="het proces dat verzond is weg; een later proces heeft bekeken wat er lag en is verdergegaan",
    next_en="nothing: what had arrived was found there, what had not was written then; see: ipvb-bridge state",
    next_nl="niets: wat was aangekomen is gevonden, wat niet is toen geschreven; zie: ipvb-bridge state",
)
