"""Messages of the adapter `xaf`: XAF01-29 stop a delivery, XAF30 and on are findings about the book."""

from __future__ import annotations

from ipvb_bridge.base.messages import message

_NOT_TAKEN_EN = "nothing of the file was taken over"
_NOT_TAKEN_NL = "er is niets van het bestand overgenomen"

NO_FILE = message(
    "XAF01",
    en="no audit file at {where}",
    nl="geen auditfile gevonden: {where}",
    next_en="put the file there, or correct path of this connection in bridge.toml (a file, a pattern or a folder)",
    next_nl="zet het bestand daar, of verbeter path van deze koppeling in bridge.toml (een bestand, patroon of map)",
)
OTHER_FORMAT = message(
    "XAF02",
    en="{where} is no XML Auditfile Financieel but {what_en}",
    nl="{where} is geen XML Auditfile Financieel maar {what_nl}",
    next_en="export the financial audit file (XAF 3.2 or 4.0) from the ledger, or narrow path of this connection",
    next_nl="exporteer de financiële auditfile (XAF 3.2 of 4.0) uit de boekhouding, of vernauw path van deze koppeling",
)
UNKNOWN_NAMESPACE = message(
    "XAF03",
    en="{where} is <{root}> in the namespace {seen}, which is no version of the XML Auditfile Financieel",
    nl="{where} is <{root}> in de namespace {seen}; dat is geen versie van de XML Auditfile Financieel",
    next_en="export the financial audit file (XAF 3.2 or 4.0) from the ledger",
    next_nl="exporteer de financiële auditfile (XAF 3.2 of 4.0) uit de boekhouding",
)
UNKNOWN_STRUCTURE = message(
    "XAF04",
    en="{where} calls itself {version}, but is not built so: {seen}",
    nl="{where} noemt zich {version}, maar is niet zo opgebouwd: {seen}",
    next_en="ask the maker of the software for a real XML Auditfile Financieel; " + _NOT_TAKEN_EN,
    next_nl="vraag de maker van de software om een echte XML Auditfile Financieel; " + _NOT_TAKEN_NL,
)
PART_MISSING = message(
    "XAF05",
    en="{where} is a split audit file of {parts} parts; missing: {seen}",
    nl="{where} is een gesplitste auditfile van {parts} delen; er ontbreekt: {seen}",
    next_en="put all parts side by side and pull again; " + _NOT_TAKEN_EN,
    next_nl="zet alle delen naast elkaar en haal opnieuw op; " + _NOT_TAKEN_NL,
)
PARTS_DISAGREE = message(
    "XAF06",
    en="the parts of the split audit file {where} do not belong together: {seen}",
    nl="de delen van de gesplitste auditfile {where} horen niet bij elkaar: {seen}",
    next_en="keep the parts of one export side by side, and nothing else under that name",
    next_nl="laat de delen van een export bij elkaar staan, en niets anders onder die naam",
)
NOT_IN_BALANCE = message(
    "XAF07",
    en="{where} does not balance: debit less credit is {written} as written, and {redundant} with "
    "the sign of a credit "
    "amount taken as said twice",
    nl="{where} is niet in evenwicht: debet min credit is {written} zoals geschreven, en "
    "{redundant} als het minteken bij "
    "een creditbedrag dubbelop is",
    next_en="ask for a new export; nothing was posted",
    next_nl="vraag om een nieuwe export; er is niets geboekt",
)
NO_COMPANY = message(
    "XAF08",
    en="{where} does not say which company it is of",
    nl="{where} zegt niet van welke administratie het is",
    next_en="set company_id of this connection in bridge.toml",
    next_nl="zet company_id bij deze koppeling in bridge.toml",
)
OTHER_CURRENCY = message(
    "XAF09",
    en="{where} is in {seen}, not in euros",
    nl="{where} is in {seen}, niet in euro's",
    next_en="export the book in euros",
    next_nl="exporteer de administratie in euro's",
)
OVERLAP = message(
    "XAF10",
    en="{where} and {other} both hold company {company} over {first}..{last}: the money would count twice",
    nl="{where} en {other} bevatten beide administratie {company} over {first}..{last}: het geld zou dubbel tellen",
    next_en="keep the newest of the two in the folder, or narrow path of this connection",
    next_nl="laat de nieuwste van de twee in de map staan, of vernauw path van deze koppeling",
)
NO_FISCAL_YEAR = message(
    "XAF11",
    en="{where} does not say which fiscal year it holds (fiscalYear, startDate and endDate: {seen})",
    nl="{where} zegt niet welk boekjaar het bevat (fiscalYear, startDate en endDate: {seen})",
    next_en="ask for an export with a fiscal year in its header",
    next_nl="vraag om een export met een boekjaar in de kop",
)
NO_TEMPORARY_ROOM = message(
    "XAF12",
    en="the lines of {where} cannot be kept in the folder for temporary files: {seen}",
    nl="de regels van {where} passen niet in de map voor tijdelijke bestanden: {seen}",
    next_en="make room there, or set TMPDIR to a folder with room, then pull again",
    next_nl="maak daar ruimte of zet TMPDIR op een map met ruimte, en haal opnieuw op",
)
NO_TRANSACTIONS = message(
    "XAF13",
    en="{where} holds no transactions part: accounts and names only",
    nl="{where} bevat geen transacties: alleen rekeningen en stamgegevens",
    next_en="export the audit file with transactions (mutaties); an audit file of relations only will not do",
    next_nl="exporteer de auditfile met mutaties; een auditfile met alleen stamgegevens volstaat niet",
)

# Findings. The text is the finding's explanation, the next step its advice.
SIGN_REDUNDANT = message(
    "XAF30",
    en="{where} balances only when the minus sign of credit amounts is taken as said twice "
    "({lines} lines); it was read so",
    nl="{where} is alleen in evenwicht als het minteken bij creditbedragen dubbelop is ({lines} "
    "regels); zo is het gelezen",
    next_en="compare the result of the year with the ledger once",
    next_nl="vergelijk het resultaat van het jaar een keer met de boekhouding",
)
ENTRY_OUT_OF_BALANCE = message(
    "XAF31",
    en="entry {entry} does not balance: debit less credit is {amount}",
    nl="boeking {entry} is niet in evenwicht: debet min credit is {amount}",
    next_en="look the entry up in the ledger; its lines count as they stand",
    next_nl="zoek de boeking op in de boekhouding; de regels tellen mee zoals ze er staan",
)
ENTRIES_OUT_OF_BALANCE = message(
    "XAF32",
    en="{count} more entries do not balance, together {amount}",
    nl="nog {count} boekingen zijn niet in evenwicht, samen {amount}",
    next_en="ask for a new export or look the entries up with ipvb-bridge read",
    next_nl="vraag om een nieuwe export of zoek de boekingen op met ipvb-bridge read",
)
LINES_HELD = message(
    "XAF33",
    en="entry {entry} holds {count} lines that cannot be read (amount, side, date or account); "
    "they are held back and the "
    "rest of the entry, {amount}, is out of balance",
    nl="boeking {entry} bevat {count} regels die niet te lezen zijn (bedrag, kant, datum of rekening); die zijn "
    "tegengehouden en de rest van de boeking, {amount}, is uit evenwicht",
    next_en="see the held rows with ipvb-bridge state --held; mend the entry in the ledger and export again",
    next_nl="zie de tegengehouden rijen met ipvb-bridge state --held; herstel de boeking en exporteer opnieuw",
)
COUNTS_ENTRIES = message(
    "XAF34",
    en="{where} declares {declared} lines, which is its number of transactions; it holds {seen} lines",
    nl="{where} geeft {declared} regels op, maar dat is het aantal boekingen; er staan {seen} regels in",
    next_en="nothing to do: the software counts transactions",
    next_nl="niets te doen: de software telt boekingen in plaats van regels",
)
COUNT_DIFFERS = message(
    "XAF35",
    en="{where} declares {declared} lines and holds {seen}",
    nl="{where} geeft {declared} regels op en bevat er {seen}",
    next_en="ask whether the export is whole; lines may be missing",
    next_nl="vraag na of de export volledig is; er kunnen regels ontbreken",
)
TOTALS_DIFFER = message(
    "XAF36",
    en="{where} declares debit {declared_debit} and credit {declared_credit}; its lines give debit {debit} and credit "
    "{credit}",
    nl="{where} geeft debet {declared_debit} en credit {declared_credit} op; de regels geven debet {debit} en credit "
    "{credit}",
    next_en="ask whether the export is whole; lines may be missing",
    next_nl="vraag na of de export volledig is; er kunnen regels ontbreken",
)
TOTALS_ABSENT = message(
    "XAF37",
    en="{where} declares no control totals",
    nl="{where} geeft geen controletotalen op",
    next_en="compare the number of lines and the debit total with the ledger: {lines} lines, debit {debit}",
    next_nl="vergelijk het aantal regels en het debettotaal met de boekhouding: {lines} regels, debet {debit}",
)
UNDECLARED_ACCOUNT = message(
    "XAF38",
    en="account {account} is used on {lines} lines ({amount}) but not declared in {where}",
    nl="rekening {account} staat op {lines} regels ({amount}) maar is in {where} niet gedeclareerd",
    next_en="map the account in mappings/accounts.csv if money of yours stands on it",
    next_nl="neem de rekening op in mappings/accounts.csv als er eigen geld op staat",
)
UNDECLARED_ACCOUNTS = message(
    "XAF39",
    en="{count} more accounts in {where} are used but not declared",
    nl="nog {count} rekeningen in {where} worden gebruikt maar zijn niet gedeclareerd",
    next_en="ask for an export with the whole chart of accounts",
    next_nl="vraag om een export met het volledige rekeningschema",
)
OPENING_APART = message(
    "XAF40",
    en="opening balance of {where}: {lines} lines, debit {debit}, credit {credit}; it is no part of the ledger lines",
    nl="beginbalans van {where}: {lines} regels, debet {debit}, credit {credit}; die telt niet "
    "mee in de grootboekregels",
    next_en="nothing to do",
    next_nl="niets te doen",
)
OPENING_PERIOD = message(
    "XAF41",
    en="period 0 of {where} holds {lines} opening lines, debit {debit}, credit {credit}; they are "
    "no part of the ledger "
    "lines",
    nl="periode 0 van {where} bevat {lines} openingsregels, debet {debit}, credit {credit}; die tellen niet mee in de "
    "grootboekregels",
    next_en='nothing to do; if these are costs, set periods = {{ "0" = "{first}" }} on this connection',
    next_nl='niets te doen; zijn dit kosten, zet dan periods = {{ "0" = "{first}" }} bij deze koppeling',
)
OPENING_ON_RESULT = message(
    "XAF42",
    en="{lines} opening lines of {where} stand on result accounts, together {amount}: money that no month counts",
    nl="{lines} openingsregels van {where} staan op resultaatrekeningen, samen {amount}: geld dat in geen maand telt",
    next_en='if these are costs of the year, set periods = {{ "0" = "{first}" }} on this connection',
    next_nl='zijn dit kosten van het jaar, zet dan periods = {{ "0" = "{first}" }} bij deze koppeling',
)
OPENING_BALANCE = message(
    "XAF43",
    en="the opening balance of {where} does not balance: {amount}",
    nl="de beginbalans van {where} is niet in evenwicht: {amount}",
    next_en="no cost depends on it; tell the bookkeeper",
    next_nl="er hangen geen kosten van af; meld het de boekhouder",
)
PERIOD_GUESSED = message(
    "XAF44",
    en="period {period} of {where} ({lines} lines, debit {debit}) has no dates of its own; it counts in {month}",
    nl="periode {period} van {where} ({lines} regels, debet {debit}) heeft geen eigen datums; die telt in {month}",
    next_en='if it belongs in another month, set periods = {{ "{period}" = "{last}" }} on this connection',
    next_nl='hoort die in een andere maand, zet dan periods = {{ "{period}" = "{last}" }} bij deze koppeling',
)
PERIOD_UNREADABLE = message(
    "XAF45",
    en="period {period} of {where} ({lines} lines) is no period number; the date of each transaction decides its month",
    nl="periode {period} van {where} ({lines} regels) is geen periodenummer; de datum van elke "
    "boeking bepaalt de maand",
    next_en='to place them in one month, set periods = {{ "{period}" = "{last}" }} on this connection',
    next_nl='om ze in een maand te zetten: periods = {{ "{period}" = "{last}" }} bij deze koppeling',
)
PERIOD_WIDE = message(
    "XAF46",
    en="period {period} of {where} runs from {start} to {end}; its {lines} lines count in {month}",
    nl="periode {period} van {where} loopt van {start} tot en met {end}; de {lines} regels tellen in {month}",
    next_en="costs cannot be told apart by month inside it; ask for a book with monthly periods",
    next_nl="binnen die periode zijn kosten niet per maand te scheiden; vraag om een administratie met maandperioden",
)
PERIOD_OUTSIDE = message(
    "XAF47",
    en="the table of periods in {where} gives period {period} the days {start} to {end}, outside the fiscal year; the "
    "number decides: {month}",
    nl="de periodetabel in {where} geeft periode {period} de dagen {start} tot en met {end}, "
    "buiten het boekjaar; het nummer "
    "beslist: {month}",
    next_en='if that is wrong, set periods = {{ "{period}" = "{last}" }} on this connection',
    next_nl='klopt dat niet, zet dan periods = {{ "{period}" = "{last}" }} bij deze koppeling',
)
PERIOD_CONFIGURED = message(
    "XAF48",
    en="period {period} of {where} ({lines} lines, debit {debit}) counts in {month}, as configured",
    nl="periode {period} van {where} ({lines} regels, debet {debit}) telt in {month}, zoals ingesteld",
    next_en="nothing to do",
    next_nl="niets te doen",
)
EXCLUDED = message(
    "XAF49",
    en="{lines} lines of {what} in {where}, debit {debit}, credit {credit}, are left out, as configured",
    nl="{lines} regels van {what} in {where}, debet {debit}, credit {credit}, zijn weggelaten, zoals ingesteld",
    next_en="check that no money spent is among them",
    next_nl="ga na dat er geen uitgaven bij zitten",
)
DATED_OUTSIDE = message(
    "XAF50",
    en="{lines} lines of {where} are dated outside the fiscal year ({first} to {last}); their period decides",
    nl="{lines} regels van {where} hebben een datum buiten het boekjaar ({first} tot en met "
    "{last}); de periode beslist",
    next_en="nothing to do, unless the number is large",
    next_nl="niets te doen, tenzij het er veel zijn",
)
FISCAL_YEAR_DIFFERS = message(
    "XAF51",
    en="{where} calls itself fiscal year {seen}, but runs from {first} to {last}; the dates decide",
    nl="{where} noemt zich boekjaar {seen}, maar loopt van {first} tot en met {last}; de datums beslissen",
    next_en="check that this is the book of the right year",
    next_nl="ga na of dit de administratie van het juiste jaar is",
)
NAMESPACE_DIFFERS = message(
    "XAF52",
    en="{where} uses the namespace {seen}, which stands in no schema; it was read as {version} by its structure",
    nl="{where} gebruikt de namespace {seen}, die in geen schema staat; het is op zijn opbouw gelezen als {version}",
    next_en="nothing to do; tell the maker of the software",
    next_nl="niets te doen; meld het de maker van de software",
)
ENCODING_OVERRULED = message(
    "XAF53",
    en="{where} was read as {encoding}, as configured; the file itself says {seen}",
    nl="{where} is gelezen als {encoding}, zoals ingesteld; het bestand zelf zegt {seen}",
    next_en="look once at names with accents: ipvb-bridge read",
    next_nl="bekijk een keer namen met accenten: ipvb-bridge read",
)
COMPANY_BY = message(
    "XAF54",
    en="{where} has no company number; the company is known here as {company} ({seen})",
    nl="{where} heeft geen administratienummer; de administratie heet hier {company} ({seen})",
    next_en="set company_id on this connection, so that another export keeps the same name",
    next_nl="zet company_id bij deze koppeling, zodat een andere export dezelfde naam houdt",
)
RGS_FIELD = message(
    "XAF55",
    en="RGS codes of {count} accounts in {where} were read from {seen}",
    nl="RGS-codes van {count} rekeningen in {where} komen uit {seen}",
    next_en="nothing to do",
    next_nl="niets te doen",
)
RGS_UNLIKE = message(
    "XAF56",
    en="{count} accounts in {where} have an RGS code that is none, such as {seen}; it was left empty",
    nl="{count} rekeningen in {where} hebben een RGS-code die er geen is, zoals {seen}; die is leeg gelaten",
    next_en="map these accounts by number in mappings/accounts.csv",
    next_nl="neem deze rekeningen op nummer op in mappings/accounts.csv",
)
ACCOUNT_TYPE = message(
    "XAF57",
    en="{count} accounts in {where} have a type that is not known: {seen}",
    nl="{count} rekeningen in {where} hebben een onbekend soort: {seen}",
    next_en="nothing to do: the mapping of accounts decides what is cost",
    next_nl="niets te doen: de rekeningmapping bepaalt wat kosten zijn",
)
ACCOUNT_TWICE = message(
    "XAF58",
    en="account {account} is declared more than once with another name or RGS code; the one of {where} counts",
    nl="rekening {account} komt vaker voor met een andere naam of RGS-code; die van {where} telt",
    next_en="see whether the companies use one chart of accounts",
    next_nl="ga na of de administraties een rekeningschema delen",
)
CENTRES_UNNAMED = message(
    "XAF59",
    en="{count} cost centres are used in {where} without a name there, such as {seen}",
    nl="{count} kostenplaatsen worden in {where} gebruikt zonder naam, zoals {seen}",
    next_en="deliver the names of cost centres with a list of your own; the audit file does not carry them",
    next_nl="lever de namen van kostenplaatsen met een eigen lijst; de auditfile bevat ze niet",
)
NUMBERS_REPEAT = message(
    "XAF60",
    en="{lines} lines of {where} repeat the number of another line; they got ~2, ~3 ... behind it",
    nl="{lines} regels van {where} dragen het nummer van een andere regel; ze kregen ~2, ~3 ... erachter",
    next_en="nothing to do",
    next_nl="niets te doen",
)
ENTRY_UNNUMBERED = message(
    "XAF61",
    en="{count} transactions of {where} have no number; they are numbered by their place in the file",
    nl="{count} boekingen van {where} hebben geen nummer; ze zijn genummerd naar hun plaats in het bestand",
    next_en="nothing to do, unless the same file is exported in another order",
    next_nl="niets te doen, tenzij hetzelfde bestand later in een andere volgorde komt",
)
NO_LINES = message(
    "XAF62",
    en="{where} holds no transaction line",
    nl="{where} bevat geen enkele boekingsregel",
    next_en="ask whether the export is whole",
    next_nl="vraag na of de export volledig is",
)
READ_AS = message(
    "XAF63",
    en="{where}: {version}, company {company}, fiscal year {first} to {last}, {lines} lines",
    nl="{where}: {version}, administratie {company}, boekjaar {first} tot en met {last}, {lines} regels",
    next_en="nothing to do",
    next_nl="niets te doen",
)
