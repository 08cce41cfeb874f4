"""Messages about the configuration folder and its secrets."""

from __future__ import annotations

from ipvb_bridge.base.messages import message

NO_FOLDER = message(
    "C01",
    en="there is no {seen} here",
    nl="hier staat geen {seen}",
    next_en="make a configuration with: ipvb-bridge init DIR --template example, or point to one with -C DIR",
    next_nl="maak een configuratie met: ipvb-bridge init MAP --template example, of wijs er een aan met -C MAP",
)
NOT_TOML = message(
    "C02",
    en="this is not TOML: {seen}",
    nl="dit is geen TOML: {seen}",
    next_en="mend the line, then run: ipvb-bridge check",
    next_nl="herstel de regel en geef daarna: ipvb-bridge check",
)
UNKNOWN_KEY = message(
    "C03",
    en="there is no setting {seen}{nearest}",
    nl="de instelling {seen} bestaat niet{nearest}",
    next_en="correct or remove the key; every setting is in docs/settings.md",
    next_nl="verbeter of verwijder de sleutel; alle instellingen staan in docs/settings.md",
)
MISSING_KEY = message(
    "C04",
    en="the setting {key} is missing",
    nl="de instelling {key} ontbreekt",
    next_en="add the key; docs/settings.md says what it holds",
    next_nl="voeg de sleutel toe; docs/settings.md zegt wat erin staat",
)
BAD_VALUE = message(
    "C05",
    en="{key} cannot be {seen}: {why}",
    nl="{key} kan niet {seen} zijn: {why}",
    next_en="correct the value, then run: ipvb-bridge check",
    next_nl="verbeter de waarde en geef daarna: ipvb-bridge check",
)
SECRET_VALUE = message(
    "C06",
    en="{key} holds a secret in plain text",
    nl="{key} bevat een geheim in leesbare tekst",
    next_en="put the secret elsewhere and refer to it: ${{env:NAME}}, ${{file:PATH}} or ${{keyring:SERVICE/NAME}}",
    next_nl="zet het geheim elders en verwijs ernaar: ${{env:NAAM}}, ${{file:PAD}} of ${{keyring:DIENST/NAAM}}",
)
SECRET_ABSENT = message(
    "C07",
    en="{key} refers to {seen}, and nothing is there",
    nl="{key} verwijst naar {seen}, en daar staat niets",
    next_en="set the variable, or make the file readable for this user",
    next_nl="zet de variabele, of maak het bestand leesbaar voor deze gebruiker",
)
NO_SUCH_CONNECTION = message(
    "C08",
    en="there is no connection {seen}; configured: {known}",
    nl="er is geen koppeling {seen}; ingesteld zijn: {known}",
    next_en="name one of those, or add [connections.{seen}] to bridge.toml",
    next_nl="noem een van deze, of voeg [connections.{seen}] toe aan bridge.toml",
)
KIND_NEEDED = message(
    "C09",
    en="the adapter {seen} serves any kind of system, so connection {connection} must say its kind",
    nl="de adapter {seen} bedient elk soort systeem, dus koppeling {connection} moet zijn kind noemen",
    next_en='add kind = "ecd", "payroll" or "ledger" to the connection',
    next_nl='zet kind = "ecd", "payroll" of "ledger" bij de koppeling',
)
NOT_EMPTY = message(
    "C10",
    en="the folder already holds {seen}",
    nl="de map bevat al {seen}",
    next_en="choose another folder: init never overwrites",
    next_nl="kies een andere map: init overschrijft nooit iets",
)
NO_METHOD = message(
    "C11",
    en="a calculation needs method.toml, and there is none",
    nl="een berekening heeft method.toml nodig, en dat is er niet",
    next_en="copy one from: ipvb-bridge init DIR --template example",
    next_nl="neem er een over uit: ipvb-bridge init MAP --template example",
)
SAME_SIGNER = message(
    "C40",
    en="{seen} and {other} would sign with the same key or passphrase, and two signatures are of two people",
    nl="{seen} en {other} zouden met dezelfde sleutel of wachtzin tekenen, en twee handtekeningen zijn van twee mensen",
    next_en="give each signer a key or a passphrase of their own",
    next_nl="geef iedere ondertekenaar een eigen sleutel of wachtzin",
)
NO_SUCH_TARGET = message(
    "C41",
    en="target {target} writes to connection {seen}, which is not there{nearest}",
    nl="doel {target} schrijft naar koppeling {seen}, en die is er niet{nearest}",
    next_en="name a connection of bridge.toml, or add [connections.{seen}]",
    next_nl="noem een koppeling uit bridge.toml, of voeg [connections.{seen}] toe",
)
SAME_TARGET = message(
    "C42",
    en="targets {seen} and {other} write the same kind to the same connection: everything would stand there twice",
    nl="doelen {seen} en {other} schrijven dezelfde soort naar dezelfde koppeling: alles zou er dubbel staan",
    next_en="remove one of the two",
    next_nl="haal een van de twee weg",
)
WEAK_KEY = message(
    "C43",
    en="{key} is too easy to guess: {seen} characters; it takes at least {least}, not the same few over and over",
    nl="{key} is te makkelijk te raden: {seen} tekens; het zijn er minstens {least}, niet steeds dezelfde paar",
    next_en="make one, once, and keep it: python3 -c 'import secrets; print(secrets.token_hex(32))'",
    next_nl="maak er een, eenmalig, en bewaar die: python3 -c 'import secrets; print(secrets.token_hex(32))'",
)
