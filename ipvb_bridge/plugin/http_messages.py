"""Messages of connections over HTTP: P40-P69 the other system, K40-K59 certificates, tokens and rights."""

from __future__ import annotations

from ipvb_bridge.base.messages import message

TOKEN_REFUSED = message(
    "K40",
    en="{where} does not accept the token of this connection (401)",
    nl="{where} accepteert het token van deze koppeling niet (401)",
    next_en="replace the secret that token or oauth of this connection refers to, then run check",
    next_nl="vervang het geheim waar token of oauth van deze koppeling naar verwijst en draai daarna check",
)
FORBIDDEN = message(
    "K41",
    en="{where} forbids this ({seen}): this account or certificate has no right to it",
    nl="{where} staat dit niet toe ({seen}): dit account of certificaat heeft dit recht niet",
    next_en="ask the system's owner for the right, then run check",
    next_nl="vraag de beheerder van het systeem om dit recht en draai daarna check",
)
CLIENT_CERTIFICATE = message(
    "K42",
    en="{where} does not accept our certificate ({seen})",
    nl="{where} accepteert ons certificaat niet ({seen})",
    next_en="check with `ipvb-bridge check` whether client_certificate has expired or is that of another environment",
    next_nl="kijk met `ipvb-bridge check` of client_certificate verlopen is of bij een andere omgeving hoort",
)
SERVER_CERTIFICATE = message(
    "K43",
    en="the certificate of {where} is not trusted: {seen}; nothing was sent",
    nl="het certificaat van {where} wordt niet vertrouwd: {seen}; er is niets verstuurd",
    next_en="ask the system's owner; an own certificate authority is named with ca_file. Otherwise somebody may be "
    "in between",
    next_nl="vraag de beheerder van het systeem; een eigen certificaatautoriteit noemt u met ca_file. Anders zit er "
    "mogelijk iemand tussen",
)
TOKEN_NOT_GIVEN = message(
    "K44",
    en="{where} gives no token: {seen}",
    nl="{where} geeft geen token: {seen}",
    next_en="correct client_id, client_secret, scope or send under oauth of this connection, then run check",
    next_nl="verbeter client_id, client_secret, scope of send onder oauth van deze koppeling en draai daarna check",
)
CERTIFICATE_FILE = message(
    "K45",
    en="{where} cannot be used as certificate or key: {seen}",
    nl="{where} is niet bruikbaar als certificaat of sleutel: {seen}",
    next_en="correct client_certificate, client_key, client_key_passphrase or ca_file of this connection",
    next_nl="verbeter client_certificate, client_key, client_key_passphrase of ca_file van deze koppeling",
)
EXPIRED = message(
    "K46",
    en="the {whose} certificate of {where} has expired on {seen}",
    nl="het certificaat van {whose_nl} van {where} is verlopen op {seen}",
    next_en="have it renewed today; nothing can be exchanged before",
    next_nl="laat het vandaag nog vernieuwen; tot dan is er geen uitwisseling",
)
EXPIRES = message(
    "K47",
    en="the {whose} certificate of {where} expires on {seen}, in {days} days",
    nl="het certificaat van {whose_nl} van {where} verloopt op {seen}, over {days} dagen",
    next_en="have it renewed in time; afterwards nothing can be exchanged",
    next_nl="laat het op tijd vernieuwen; daarna is er geen uitwisseling meer",
)
BUSY = message(
    "P40",
    en="{where} asks to wait (429): too many questions",
    nl="{where} vraagt om te wachten (429): te veel verzoeken",
    next_en="the next run tries again; set per_minute or concurrent of this connection to what the owner allows",
    next_nl="de volgende run probeert het opnieuw; zet per_minute of concurrent van deze koppeling op wat mag",
)
AWAY = message(
    "P41",
    en="{where} is out of order for now ({seen})",
    nl="{where} is tijdelijk buiten gebruik ({seen})",
    next_en="the next run tries again; when it keeps happening, ask the system's owner",
    next_nl="de volgende run probeert het opnieuw; blijft het gebeuren, vraag dan de beheerder van het systeem",
)
NOT_THERE = message(
    "P42",
    en="{where} says that this is not there ({seen})",
    nl="{where} zegt dat dit er niet is ({seen})",
    next_en="correct url of this connection; some systems answer this way when a right is missing: ask the owner",
    next_nl="verbeter url van deze koppeling; sommige systemen antwoorden zo als een recht ontbreekt: vraag de "
    "beheerder",
)
REFUSED = message(
    "P43",
    en="{where} refuses the question as wrong ({seen})",
    nl="{where} weigert het verzoek als onjuist ({seen})",
    next_en="look whether the settings of this connection fit the system; else report this to the adapter's maker",
    next_nl="kijk of de instellingen van deze koppeling bij het systeem passen; meld het anders bij de maker van de "
    "adapter",
)
CHANGED_MEANWHILE = message(
    "P44",
    en="{where} was changed by somebody else in the meantime ({seen}); nothing was overwritten",
    nl="{where} is intussen door een ander gewijzigd ({seen}); er is niets overschreven",
    next_en="the next attempt reads it again first",
    next_nl="de volgende poging leest het eerst opnieuw",
)
REDIRECTED = message(
    "P45",
    en="{where} refers to another address ({seen}), which is not followed: the token would go along",
    nl="{where} verwijst door naar een ander adres ({seen}); dat wordt niet gevolgd, want het token zou meegaan",
    next_en="put the new address in url of this connection when the owner confirms it",
    next_nl="zet het nieuwe adres in url van deze koppeling als de beheerder het bevestigt",
)
NOT_JSON = message(
    "P46",
    en="{where} answers with something that is no JSON ({seen})",
    nl="{where} antwoordt met iets dat geen JSON is ({seen})",
    next_en="check url of this connection: a login page or a proxy may be answering; nothing was taken over",
    next_nl="controleer url van deze koppeling: misschien antwoordt een inlogpagina of proxy; er is niets overgenomen",
)
CLOCK = message(
    "P47",
    en="the clock of {where} differs {seconds} seconds from ours",
    nl="de klok van {where} wijkt {seconds} seconden af van de onze",
    next_en="have both clocks set by a time service; changes are read by the other clock, so nothing is lost",
    next_nl="laat beide klokken door een tijdserver gelijkzetten; wijzigingen worden naar de andere klok gelezen, "
    "zodat er niets wegvalt",
)
OUTCOME_UNKNOWN = message(
    "P48",
    en="{where} gave no answer to what was written ({seen}); it is not known whether it stands there",
    nl="{where} gaf geen antwoord op wat is weggeschreven ({seen}); het is niet bekend of het er staat",
    next_en="the next attempt looks first whether it stands there, and writes only if not",
    next_nl="de volgende poging kijkt eerst of het er staat, en schrijft alleen als dat niet zo is",
)
