"""Messages of the pages for people."""

from __future__ import annotations

from ipvb_bridge.base.messages import message

NO_PDF = message(
    "C60",
    en="a PDF cannot be made here: {seen}",
    nl="hier kan geen pdf worden gemaakt: {seen}",
    next_en="install the extra and what it draws text with: pip install 'ipvb-bridge[pdf]' and, on Debian, "
    "apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0; or print the HTML from a browser",
    next_nl="installeer de extra en wat de letters tekent: pip install 'ipvb-bridge[pdf]' en, op Debian, "
    "apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0; of druk de HTML af vanuit een browser",
)
NOTHING_TO_SHOW = message(
    "C61",
    en="{period} has nothing of that kind for {seen}",
    nl="{period} heeft niets van die soort voor {seen}",
    next_en="look which there are: ipvb-bridge results {period} {table}",
    next_nl="kijk welke er zijn: ipvb-bridge results {period} {table}",
)
DAY_OUTSIDE = message(
    "C62",
    en="{seen} is no day of {period}",
    nl="{seen} is geen dag van {period}",
    next_en="name a day inside it with --date, as 2026-01-14",
    next_nl="noem met --date een dag erin, als 2026-01-14",
)
NO_SUBJECTS = message(
    "C63",
    en="this instrument is one page; it has none for {seen} alone",
    nl="dit instrument is één pagina; voor {seen} alleen is er geen",
    next_en="leave out --resident and --unit",
    next_nl="laat --resident en --unit weg",
)
NOTHING_OF_SUBJECT = message(
    "C64",
    en="{name} has nothing to show for {seen} in {period}",
    nl="{name} heeft in {period} niets te tonen voor {seen}",
    next_en="look what it made: ipvb-bridge instrument {name} {period} --table TABLE",
    next_nl="kijk wat het maakte: ipvb-bridge instrument {name} {period} --table TABEL",
)
