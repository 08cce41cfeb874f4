"""Messages that adapters of any kind use: files, peers, credentials."""

from __future__ import annotations

from ipvb_bridge.base.messages import message

FILE_MISSING = message(
    "D30",
    en="missing file: {stream} is to be delivered as {seen}, and no such file is there",
    nl="bestand ontbreekt: {stream} hoort te komen als {seen}, en dat bestand is er niet",
    next_en="put the file in {where}, or correct path, folder or files of this connection in bridge.toml",
    next_nl="zet het bestand in {where}, of verbeter path, folder of files van deze koppeling in bridge.toml",
)
FOLDER_MISSING = message(
    "D31",
    en="the folder {where} is not there",
    nl="de map {where} bestaat niet",
    next_en="make or mount the folder, or correct path or folder of this connection in bridge.toml",
    next_nl="maak of koppel de map, of verbeter path of folder van deze koppeling in bridge.toml",
)
FILE_EMPTY = message(
    "D32",
    en="{where} is empty: not even a header stands in it",
    nl="{where} is leeg: er staat niet eens een kopregel in",
    next_en="have the file made again; when there is nothing to deliver, the header alone is enough",
    next_nl="laat het bestand opnieuw maken; is er niets te leveren, dan volstaat de kopregel",
)
ENCODING = message(
    "D33",
    en="{where} is not {encoding}: byte {offset} does not fit; the file looks like {likely}",
    nl="{where} is geen {encoding}: byte {offset} past niet; het bestand lijkt {likely}",
    next_en="set encoding of this connection in bridge.toml to what the supplier writes (perhaps {likely}); pull again",
    next_nl="zet encoding van deze koppeling in bridge.toml op wat de leverancier schrijft (wellicht {likely}) en haal "
    "opnieuw op",
)
NUL_BYTE = message(
    "D34",
    en="{where} holds a NUL character (byte 0): this is no text, or the file was written only in part",
    nl="{where} bevat een NUL-teken (byte 0): dit is geen tekst, of het bestand is maar deels geschreven",
    next_en="have the file made again and deliver it anew",
    next_nl="laat het bestand opnieuw maken en lever het nogmaals",
)
HEADER_MISSING = message(
    "D35",
    en="the first line of {where} names none of the columns of {table}: the header is missing, or this is another file",
    nl="de eerste regel van {where} noemt geen kolom van {table}: de kopregel ontbreekt, of dit is een ander bestand",
    next_en="the first line has to be: {expected}",
    next_nl="de eerste regel hoort te zijn: {expected}",
)
DELIMITER = message(
    "D36",
    en="{where} is separated by {seen}, while this connection says {delimiter}",
    nl="{where} is gescheiden met {seen}, terwijl deze koppeling {delimiter} opgeeft",
    next_en="set delimiter = {seen} in the settings of this connection in bridge.toml, then pull again",
    next_nl="zet delimiter = {seen} bij deze koppeling in bridge.toml en haal daarna opnieuw op",
)
HEADER_TWICE = message(
    "D37",
    en="the header of {where} names {seen} more than once",
    nl="de kopregel van {where} noemt {seen} meer dan eens",
    next_en="let every column stand once in the export",
    next_nl="laat elke kolom een keer in de export staan",
)
COLUMN_MISSING = message(
    "D38",
    en="{where} lacks: {missing}{hint}",
    nl="in {where} ontbreekt: {missing}{hint}",
    next_en="add the column to the export (it may be empty where nothing is known); docs/streams.md lists them",
    next_nl="voeg de kolom toe aan de export (leeg mag, waar niets bekend is); docs/streams.md noemt ze alle",
)
COLUMN_EXTRA = message(
    "D39",
    en="{where} holds what is no column of {table}: {seen}{hint}",
    nl="{where} bevat wat geen kolom van {table} is: {seen}{hint}",
    next_en="take the column out of the export or correct its name; docs/streams.md lists the columns",
    next_nl="haal de kolom uit de export of verbeter de naam; docs/streams.md noemt de kolommen",
)
FIELD_COUNT = message(
    "D40",
    en="{where} has {seen} fields and the header {expected}; lines like this: {lines}",
    nl="{where} heeft {seen} velden en de kopregel {expected}; zulke regels: {lines}",
    next_en="have fields that hold the delimiter quoted in the export",
    next_nl="laat velden waarin het scheidingsteken voorkomt in de export tussen aanhalingstekens zetten",
)
TRUNCATED = message(
    "D41",
    en="{where} stops in the middle of a row: the file is cut off",
    nl="{where} stopt midden in een regel: het bestand is afgebroken",
    next_en="deliver the file again; nothing of it was taken over",
    next_nl="lever het bestand opnieuw; er is niets van overgenomen",
)
QUOTING = message(
    "D42",
    en="the quotes or line ends at {where} are not in order ({seen})",
    nl="de aanhalingstekens of regeleinden bij {where} kloppen niet ({seen})",
    next_en="a field with a quote, a delimiter or a line end stands in quotes, and a quote in it is written twice",
    next_nl="een veld met een aanhalingsteken, scheidingsteken of regeleinde staat tussen aanhalingstekens; een "
    "aanhalingsteken daarin wordt verdubbeld",
)
CHANGED = message(
    "D43",
    en="{where} changed while it was read (now {seen} bytes): it is still being written",
    nl="{where} veranderde tijdens het lezen (nu {seen} bytes): er wordt nog aan geschreven",
    next_en="have the supplier write a done-marker or move the file in when it is finished; then pull again",
    next_nl="laat de leverancier een klaar-bestand schrijven of het bestand pas verplaatsen als het af is; haal dan "
    "opnieuw op",
)
NOT_FINISHED = message(
    "D44",
    en="{where} is there, but not finished ({seen})",
    nl="{where} is er, maar nog niet af ({seen})",
    next_en="wait for the supplier to finish, or see `finished` of this connection in bridge.toml; then pull again",
    next_nl="wacht tot de leverancier klaar is, of zie `finished` van deze koppeling in bridge.toml; haal opnieuw op",
)
BSN = message(
    "D45",
    en="the values of {column} in {where} are BSNs (nine digits that pass the eleven test): {seen}",
    nl="de waarden van {column} in {where} zijn BSN's (negen cijfers die aan de elfproef voldoen): {seen}",
    next_en="let the export number people by the system's own id; a BSN is not taken in, and nothing of this file was",
    next_nl="laat de export mensen met het eigen nummer van het systeem aanduiden; een BSN komt niet binnen; van "
    "dit bestand is niets overgenomen",
)
TOO_LARGE = message(
    "D46",
    en="{where} is {seen} MB, more than this connection takes ({limit} MB)",
    nl="{where} is {seen} MB, meer dan deze koppeling aanneemt ({limit} MB)",
    next_en="set max_megabytes of this connection in bridge.toml when the size is right",
    next_nl="zet max_megabytes van deze koppeling in bridge.toml hoger als de omvang klopt",
)
NOTHING_HERE = message(
    "D47",
    en="no file of any stream is in {where} (looked for {seen})",
    nl="er staat geen bestand van welke stroom ook in {where} (gezocht: {seen})",
    next_en="put the files there, or correct path, folder or files of this connection in bridge.toml",
    next_nl="zet de bestanden daar, of verbeter path, folder of files van deze koppeling in bridge.toml",
)
UNREADABLE = message(
    "D48",
    en="{where} cannot be read: {seen}",
    nl="{where} kan niet worden gelezen: {seen}",
    next_en="give the account that runs ipvb-bridge the right to read it",
    next_nl="geef het account waaronder ipvb-bridge draait leesrecht",
)
NO_MONTH = message(
    "D49",
    en="no row of {where} tells its month ({column}), so nobody knows for which period this delivery is complete",
    nl="geen regel van {where} zegt bij welke maand hij hoort ({column}); voor welke periode deze levering "
    "volledig is, is dan niet bekend",
    next_en="deliver a period with its rows; to deliver all rows each time, take mode snapshot in bridge.toml",
    next_nl="lever een periode met haar regels; komen steeds alle regels, kies dan mode snapshot in bridge.toml",
)
FIRST_RECORD = message(
    "D50",
    en="the first record of {where} would be held back: {seen}",
    nl="de eerste regel van {where} zou worden vastgehouden: {seen}",
    next_en="look at what the connection delivers with `ipvb-bridge read`, and mend the export",
    next_nl="bekijk met `ipvb-bridge read` wat de koppeling levert, en verbeter de export",
)
KNOWN_HOSTS_UNREADABLE = message(
    "K30",
    en="the file with known host keys cannot be read: {where} ({seen})",
    nl="het bestand met bekende hostsleutels kan niet worden gelezen: {where} ({seen})",
    next_en="correct known_hosts of this connection in bridge.toml, or pin the key with host_key",
    next_nl="verbeter known_hosts van deze koppeling in bridge.toml, of leg de sleutel vast met host_key",
)
HOST_NOT_LISTED = message(
    "K31",
    en="unknown host key: {where} holds no key of {seen}; nothing was sent to the server",
    nl="onbekende hostsleutel: {where} bevat geen sleutel van {seen}; er is niets naar de server gestuurd",
    next_en="ask the server's owner for the key's fingerprint, fetch the key with `ssh-keyscan -p {port} {host}`, "
    "compare them, and add the line",
    next_nl="vraag de beheerder van de server om de vingerafdruk, haal de sleutel op met "
    "`ssh-keyscan -p {port} {host}`, vergelijk ze, en voeg de regel toe",
)
HOST_KEY = message(
    "K32",
    en="the server {where} shows another host key than the pinned one: seen {seen}, expected {expected}; "
    "no login was tried",
    nl="de server {where} toont een andere hostsleutel dan is vastgelegd: gezien {seen}, verwacht {expected}; "
    "er is niet ingelogd",
    next_en="ask the server's owner whether the key was replaced; only then put the new one in bridge.toml "
    "(`ssh-keyscan -p {port} {host}`). Otherwise somebody may be in between",
    next_nl="vraag de beheerder of de sleutel is vervangen; zet alleen dan de nieuwe in bridge.toml "
    "(`ssh-keyscan -p {port} {host}`). Anders zit er mogelijk iemand tussen",
)
LOGIN_REFUSED = message(
    "K33",
    en="{where} refuses the login of {user} ({seen})",
    nl="{where} weigert de aanmelding van {user} ({seen})",
    next_en="correct user, password or key_file of this connection, then run check; trying again may lock the account",
    next_nl="verbeter user, password of key_file van deze koppeling en draai check; vaker proberen kan het account "
    "blokkeren",
)
KEY_FILE = message(
    "K34",
    en="the private key {where} cannot be used: {seen}",
    nl="de privésleutel {where} is niet bruikbaar: {seen}",
    next_en="correct key_file or key_passphrase of this connection in bridge.toml",
    next_nl="verbeter key_file of key_passphrase van deze koppeling in bridge.toml",
)
NO_RIGHT = message(
    "K35",
    en="{user} may not {seen} {where}: permission denied",
    nl="{user} mag {where} niet gebruiken ({seen}): geen recht",
    next_en="ask the server's owner for the right, then run check",
    next_nl="vraag de beheerder van de server om dit recht en draai daarna check",
)
NAME_UNKNOWN = message(
    "P30",
    en="the name {seen} is not known ({where})",
    nl="de naam {seen} is niet bekend ({where})",
    next_en="correct host of this connection in bridge.toml, or look at this machine's name service",
    next_nl="verbeter host van deze koppeling in bridge.toml, of kijk naar de naamdienst (DNS) van deze machine",
)
UNREACHABLE = message(
    "P31",
    en="{where} does not take the connection: {seen}",
    nl="{where} neemt de verbinding niet aan: {seen}",
    next_en="check host and port and the firewall in between; the next run tries again",
    next_nl="controleer host, port en de firewall ertussen; de volgende run probeert het opnieuw",
)
SILENT = message(
    "P32",
    en="{where} did not answer within {seen} seconds",
    nl="{where} antwoordde niet binnen {seen} seconden",
    next_en="the next run tries again; timeout_seconds of this connection in bridge.toml sets the patience",
    next_nl="de volgende run probeert het opnieuw; timeout_seconds van deze koppeling in bridge.toml regelt het geduld",
)
LOST = message(
    "P33",
    en="the connection with {where} was lost: {seen}; nothing of what was being read was taken over",
    nl="de verbinding met {where} is verbroken: {seen}; van wat werd gelezen is niets overgenomen",
    next_en="the next run tries again; when it keeps happening, ask the server's owner",
    next_nl="de volgende run probeert het opnieuw; blijft het gebeuren, vraag dan de beheerder van de server",
)
NOT_SSH = message(
    "P34",
    en="{where} answers, but no SSH connection came about: {seen}",
    nl="{where} antwoordt, maar er kwam geen SSH-verbinding tot stand: {seen}",
    next_en="check that host and port are those of the SFTP server",
    next_nl="controleer of host en port die van de SFTP-server zijn",
)
NOT_ARCHIVED = message(
    "A31",
    en="{where} was read and stored, but could not be moved to the archive: {seen}",
    nl="{where} is gelezen en opgeslagen, maar kon niet naar het archief: {seen}",
    next_en="correct archive of this connection in bridge.toml, or the rights on that folder; the next pull moves it",
    next_nl="verbeter archive van deze koppeling in bridge.toml of de rechten op die map; haal daarna opnieuw op",
)
NO_ROOM = message(
    "A30",
    en="{where} cannot be kept for reading: {seen}",
    nl="{where} kan niet tijdelijk worden bewaard: {seen}",
    next_en="make room in the folder for temporary files (TMPDIR), then pull again",
    next_nl="maak ruimte in de map voor tijdelijke bestanden (TMPDIR) en haal daarna opnieuw op",
)
XML_DOCTYPE = message(
    "D70",
    en="{where} declares a document type (DOCTYPE); such files are not read, whatever they hold",
    nl="{where} heeft een documenttype (DOCTYPE); zulke bestanden worden niet gelezen, wat er ook in staat",
    next_en="have the file exported without DOCTYPE; no version of the format has one. Ask who made this file",
    next_nl="laat het bestand zonder DOCTYPE exporteren; geen enkele versie van het formaat heeft er een. Vraag wie "
    "dit bestand maakte",
)
XML_ENCODING_UNKNOWN = message(
    "D71",
    en="{where} says it is written in {seen}; that encoding is not read",
    nl="{where} zegt in {seen} geschreven te zijn; die codering wordt niet gelezen",
    next_en="have the file exported as UTF-8, or set encoding of this connection in bridge.toml to one of: {known}",
    next_nl="laat het bestand als UTF-8 exporteren, of zet encoding van deze koppeling in bridge.toml op een van: "
    "{known}",
)
XML_ENCODING = message(
    "D72",
    en="{where} is read as {encoding}, but its bytes do not fit that (line {line}, column {column})",
    nl="{where} wordt gelezen als {encoding}, maar de bytes passen daar niet bij (regel {line}, kolom {column})",
    next_en='the file is probably Latin-1: set encoding = "iso-8859-1" on this connection in bridge.toml '
    "(or --set encoding=iso-8859-1), look at the names with ipvb-bridge read, then pull again",
    next_nl='het bestand is waarschijnlijk Latin-1: zet encoding = "iso-8859-1" bij deze koppeling in bridge.toml '
    "(of --set encoding=iso-8859-1), bekijk de namen met ipvb-bridge read en haal daarna opnieuw op",
)
XML_TOO_LARGE = message(
    "D73",
    en="{where} holds one text, name or remark of more than 10 MB, or elements nested too deep (line {line}): {seen}",
    nl="{where} bevat een tekst, naam of opmerking van meer dan 10 MB, of te diep geneste elementen (regel {line}): "
    "{seen}",
    next_en="nothing of the file was taken over, as nothing is cut off in silence; have the file made again",
    next_nl="er is niets van het bestand overgenomen, want er wordt niets stilzwijgend afgekapt; laat het opnieuw "
    "maken",
)
XML_TRUNCATED = message(
    "D74",
    en="{where} stops before its end (line {line}): the file is cut off, or a follow-up file is missing",
    nl="{where} houdt op voor het einde (regel {line}): het bestand is afgebroken, of een vervolgbestand ontbreekt",
    next_en="deliver the whole file again, with all its follow-up files; nothing of it was taken over",
    next_nl="lever het hele bestand opnieuw, met alle vervolgbestanden; er is niets van overgenomen",
)
XML_MALFORMED = message(
    "D75",
    en="{where} is not well-formed XML (line {line}, column {column}): {seen}",
    nl="{where} is geen welgevormde XML (regel {line}, kolom {column}): {seen}",
    next_en="have the file exported again by the system that made it; an edited or repaired file is not read",
    next_nl="laat het systeem dat het bestand maakte het opnieuw exporteren; een bewerkt bestand wordt niet gelezen",
)
UNWRITABLE = message(
    "D51",
    en="a file cannot be written to {where}: {seen}",
    nl="in {where} kan geen bestand worden geschreven: {seen}",
    next_en="look at the folder and the space there (a server has to know posix-rename), then send again",
    next_nl="kijk naar de map en de ruimte daar (een server moet posix-rename kennen) en verzend dan opnieuw",
)
NO_PSEUDONYM_KEY = message(
    "C44",
    en="the setting {seen} asks for keys of people made of their BSN, and there is no [privacy] pseudonym_key",
    nl="de instelling {seen} vraagt om sleutels van mensen uit hun BSN, en er is geen [privacy] pseudonym_key",
    next_en='add to bridge.toml: [privacy] pseudonym_key = "${{file:secrets/pseudonym.key}}", and make that file once: '
    "python3 -c 'import secrets; print(secrets.token_hex(32))'",
    next_nl='zet in bridge.toml: [privacy] pseudonym_key = "${{file:secrets/pseudonym.key}}", en maak dat bestand '
    "eenmalig: python3 -c 'import secrets; print(secrets.token_hex(32))'",
)
