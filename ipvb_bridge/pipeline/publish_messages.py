"""Messages of publishing: the plan, the signatures and the delivery."""

from __future__ import annotations

from ipvb_bridge.base.messages import message

NO_TARGETS = message(
    "W01",
    en="bridge.toml names nothing to publish",
    nl="bridge.toml noemt niets om te publiceren",
    next_en="add [publish.targets.NAME] with connection and kind; docs/settings.md lists what can be written",
    next_nl="voeg [publish.targets.NAAM] toe met connection en kind; docs/settings.md noemt wat geschreven kan worden",
)
INCOMPLETE = message(
    "W02",
    en="nothing of location {location} is published, for too much is missing in its care agreements "
    "({bound} must be filled): {seen}",
    nl="van locatie {location} wordt niets gepubliceerd, want in haar zorgafspraken ontbreekt te veel "
    "({bound} moet gevuld zijn): {seen}",
    next_en="fill the fields in the source or in mappings/agreements.csv, calculate again; see: ipvb-bridge mappings",
    next_nl="vul de velden in de bron of in mappings/agreements.csv, reken opnieuw; zie: ipvb-bridge mappings",
)
NOTHING_TO_SIGN = message(
    "W03",
    en="plan {seen} for {period} writes nothing, so there is nothing to sign",
    nl="plan {seen} voor {period} schrijft niets, dus er is niets te tekenen",
    next_en="look at what stands in the other systems: ipvb-bridge state",
    next_nl="bekijk wat in de andere systemen staat: ipvb-bridge state",
)
WAITS = message(
    "W05",
    en="plan {seen} for {period} waits for {missing} more signature(s); nothing of it was sent",
    nl="plan {seen} voor {period} wacht nog op {missing} handtekening(en); er is niets van verzonden",
    next_en="look at the plan, then sign: ipvb-bridge publish {period} --sign NAME",
    next_nl="bekijk het plan en teken dan: ipvb-bridge publish {period} --sign NAAM",
)
UNKNOWN_UNIT = message(
    "W06",
    en="the roster of {seen} is held back: hours or agreements name this department, and no system delivers it",
    nl="het rooster van {seen} wordt vastgehouden: uren of afspraken noemen deze afdeling, en geen systeem levert haar",
    next_en="add the department where the units come from, or correct hours and agreements; pull and calculate again",
    next_nl="voeg de afdeling toe in haar bron, of verbeter uren en afspraken; haal op en reken opnieuw",
)
MAPPED_OTHERWISE = message(
    "W07",
    en="{seen} was changed after {period} was calculated, so nobody can say how complete those results are",
    nl="{seen} is gewijzigd nadat {period} is berekend, dus hoe volledig die uitkomsten zijn valt niet te zeggen",
    next_en="calculate again, then plan: ipvb-bridge calculate {period}",
    next_nl="reken opnieuw en maak dan het plan: ipvb-bridge calculate {period}",
)
NOT_OF_NOW = message(
    "W08",
    en="target {where} is not planned with {period}: {seen} says what holds now, and {later} is calculated already",
    nl="doel {where} hoort niet bij het plan van {period}: {seen} zegt wat nu geldt, en {later} is al berekend",
    next_en="it goes with the newest period: ipvb-bridge publish {later}",
    next_nl="het gaat mee met de jongste periode: ipvb-bridge publish {later}",
)
UNKNOWN_SIGNER = message(
    "W10",
    en="{seen} is no signer{nearest}; signers are: {known}",
    nl="{seen} is geen ondertekenaar{nearest}; ondertekenaars zijn: {known}",
    next_en="name one of them, or add [publish.signers.{seen}] to bridge.toml",
    next_nl="noem een van hen, of voeg [publish.signers.{seen}] toe aan bridge.toml",
)
OTHER_WAY = message(
    "W11",
    en="{seen} signs with {way}",
    nl="{seen} tekent met {way}",
    next_en="ssh_key: give --key FILE or --signature FILE; passphrase: give neither and type it",
    next_nl="ssh_key: geef --key BESTAND of --signature BESTAND; passphrase: geef geen van beide en typ haar",
)
WRONG_PASSPHRASE = message(
    "W12",
    en="this is not the passphrase of {seen}; the next try counts after {wait} seconds",
    nl="dit is niet de wachtzin van {seen}; de volgende poging telt na {wait} seconden",
    next_en="wait and try again; a new one is made with: ipvb-bridge publish --new-passphrase",
    next_nl="wacht en probeer het opnieuw; een nieuwe maak je met: ipvb-bridge publish --new-passphrase",
)
TOO_SOON = message(
    "W13",
    en="after {wrong} wrong passphrases of {seen} the next try counts after {wait} more seconds",
    nl="na {wrong} verkeerde wachtzinnen van {seen} telt de volgende poging na nog {wait} seconden",
    next_en="wait, then sign again; if it was not {seen} who tried, tell the administrator",
    next_nl="wacht en teken dan opnieuw; was het niet {seen} die het probeerde, meld het de beheerder",
)
BAD_HASH = message(
    "W14",
    en="what passphrase of signer {seen} refers to is no argon2id hash that is strong enough: {why}",
    nl="waar passphrase van ondertekenaar {seen} naar verwijst is geen argon2id-hash die sterk genoeg is: {why}",
    next_en="make one with `ipvb-bridge publish --new-passphrase` and put it in the file",
    next_nl="maak er een met `ipvb-bridge publish --new-passphrase` en zet hem in het bestand",
)
BAD_SIGNATURE = message(
    "W15",
    en="the SSH signature of {seen} under plan {plan} does not count: {why}",
    nl="de SSH-handtekening van {seen} onder plan {plan} telt niet: {why}",
    next_en="sign the text of `ipvb-bridge publish {period} --digest` with: "
    "ssh-keygen -Y sign -n ipvb-bridge-plan -f KEY FILE",
    next_nl="teken de tekst van `ipvb-bridge publish {period} --digest` met: "
    "ssh-keygen -Y sign -n ipvb-bridge-plan -f SLEUTEL BESTAND",
)
KEY_UNUSABLE = message(
    "W16",
    en="the private key {where} cannot be used: {seen}",
    nl="de privésleutel {where} is onbruikbaar: {seen}",
    next_en="give the private key's file in OpenSSH's form, and its passphrase when it has one",
    next_nl="geef het bestand van de privésleutel in de vorm van OpenSSH, en de wachtzin als die er een heeft",
)
TOO_OLD = message(
    "W17",
    en="plan {seen} for {period} is more than {hours} hours old and cannot be signed any more",
    nl="plan {seen} voor {period} is ouder dan {hours} uur en kan niet meer worden getekend",
    next_en="make a new plan and look at it: ipvb-bridge publish {period}",
    next_nl="maak een nieuw plan en bekijk het: ipvb-bridge publish {period}",
)
SHORT_PASSPHRASE = message(
    "W18",
    en="a passphrase has at least {least} characters",
    nl="een wachtzin heeft minstens {least} tekens",
    next_en="choose a sentence that nobody guesses",
    next_nl="kies een zin die niemand raadt",
)
SAME_PERSON = message(
    "W19",
    en="the passphrase of {seen} is that of {other} too, and two signatures are of two people",
    nl="de wachtzin van {seen} is ook die van {other}, en twee handtekeningen zijn van twee mensen",
    next_en="give each signer a passphrase of their own: ipvb-bridge publish --new-passphrase",
    next_nl="geef iedere ondertekenaar een eigen wachtzin: ipvb-bridge publish --new-passphrase",
)
TAMPERED = message(
    "W20",
    en="what would be sent is not what was signed: {seen} was changed in the database; nothing of the plan was sent",
    nl="wat verzonden zou worden is niet wat getekend is: {seen} is in de database veranderd; er is niets verzonden",
    next_en="find out who changed the database, then make and sign a new plan: ipvb-bridge publish {period}",
    next_nl="ga na wie de database veranderde en maak en teken dan een nieuw plan: ipvb-bridge publish {period}",
)
EXPIRED = message(
    "W21",
    en="the signatures under plan {seen} for {period} do not count any more: {why}; what was not sent stays behind",
    nl="de handtekeningen onder plan {seen} voor {period} tellen niet meer: {why}; wat nog niet weg was blijft liggen",
    next_en="make a new plan and have it signed: ipvb-bridge publish {period}",
    next_nl="maak een nieuw plan en laat het tekenen: ipvb-bridge publish {period}",
)
NOT_READY = message(
    "W22",
    en="connection {connection} does not write {seen}: {why}",
    nl="koppeling {connection} schrijft geen {seen}: {why}",
    next_en="turn it on in bridge.toml, or ask the vendor for the right; then: ipvb-bridge publish {period} --send",
    next_nl="zet het aan in bridge.toml, of vraag de leverancier het recht; dan: ipvb-bridge publish {period} --send",
)
READ_BACK_DIFFERS = message(
    "W23",
    en="{where} was written, but what was read back is not what was signed",
    nl="{where} is geschreven, maar wat is teruggelezen is niet wat getekend is",
    next_en="look at it in the other system: did somebody change it? Then: ipvb-bridge publish {period} --send",
    next_nl="bekijk het in het andere systeem: heeft iemand het gewijzigd? Dan: ipvb-bridge publish {period} --send",
)
