"""The staffing indicators of KiK-V and ZiN: number, code, name, unit and calculation, as an exchange names them.

Source: ZiN, openbaar databestand verpleeghuiszorg, set ISID000160 (numbers, codes, names, units), and the SPARQL
queries of KiK-V (kik-v/use-cases, 2021: calculations). Variants beside ``main`` are named where they are computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Unit = Literal["count", "fte", "percentage", "ratio", "hours"]


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator in one variant; ``name`` and ``calculation`` are Dutch, as exchanged."""

    number: str
    code: str
    name: str
    unit: Unit
    calculation: str
    variant: str = "main"


LEVELS = {
    "1": "2.1.1", "2": "2.1.2", "3": "2.1.3", "4": "2.1.4", "5": "2.1.5", "6": "2.1.6", "7": "2.1.7", "W": "2.1.8",
}  # fmt: skip
"""Level worked -> number of its share in the mix; trainees stand in 2.1.9, whatever their level."""

_MIX = "uren gewerkt op dit niveau / alle gewerkte uren in de zorg x 100 (getoond in fte)"
_NAMES = ("niveau 1", "niveau 2", "niveau 3", "niveau 4", "niveau 5", "niveau 6", "behandelaren/(para)medisch",
          "overig zorgpersoneel", "leerlingen")  # fmt: skip

INDICATORS = (
    Indicator(
        "1.1", "INID013486", "aantal personeelsleden", "count", "personen in loondienst op een dag in de periode",
    ),
    Indicator(
        "1.1", "INID013486", "aantal personeelsleden", "count", "personen in loondienst op de laatste dag",
        "reference_date",
    ),
    Indicator(
        "1.2", "INID013520", "aantal fte", "fte",
        "gewerkte uren, eigen en ingehuurd / (dagen 30/360 / 360 x 47 weken x 36 uur)",
    ),
    Indicator(
        "1.3", "INID013521", "% tijdelijke arbeidsovereenkomst", "percentage",
        "personen met een contract voor bepaalde tijd (leerlingen inbegrepen) / personen in loondienst x 100",
    ),
    Indicator(
        "1.4", "INID013522", "% ingezette uitzendkrachten/PNIL", "percentage",
        "gewerkte uren PNIL / (gewerkte uren PNIL + PIL) x 100",
    ),
    Indicator(
        "1.5", "INID013523", "% kosten uitzendkrachten/PNIL", "percentage",
        "kosten inhuur / lonen en lasten volgens het grootboek x 100 (KiK-V 2021: WBedOvpUik / WPer)",
    ),
    Indicator(
        "1.5", "INID013523", "% kosten uitzendkrachten/PNIL", "percentage",
        "kosten inhuur / (lonen en lasten + kosten inhuur) volgens het grootboek x 100", "of_total",
    ),
    Indicator(
        "1.6", "INID013524", "gemiddelde contractomvang", "fte",
        "contracturen gewogen naar dagen / 36 / contractdagen",
    ),
    Indicator(
        "1.6", "INID013524", "gemiddelde contractomvang", "hours",
        "contracturen per week / personen op de laatste dag (ZK 4.1)", "reference_date",
    ),
    *(
        Indicator(f"2.1.{at}", f"INID{13533 + at:06d}", f"mix {name}", "percentage", _MIX)
        for at, name in enumerate(_NAMES, 1)
    ),
    Indicator("2.2", "INID013526", "stagiairs", "count", "personen met een stage op een dag in de periode"),
    Indicator("2.3", "INID013527", "vrijwilligers", "count", "vrijwilligers op een dag in de periode"),
    Indicator(
        "3.1", "INID013528", "ziekteverzuimpercentage", "percentage",
        "som(ziektedagen / 7 x contracturen) / som(dagen 30/360 / 360 x 47 x contracturen) x 100 (KiK-V)",
    ),
    Indicator(
        "3.1", "INID013528", "ziekteverzuimpercentage", "percentage",
        "som(ziektedagen x contracturen) / som(contractdagen x contracturen) x 100 (Vernet)", "calendar_days",
    ),
    Indicator(
        "3.2", "INID013529", "verzuimfrequentie", "ratio", "ziekmeldingen / gemiddeld aantal personen in loondienst"
    ),
    Indicator("4.1", "INID013530", "instroom", "percentage", "instroom / gemiddeld aantal personen x 100"),
    Indicator("4.2", "INID013531", "uitstroom", "percentage", "uitstroom / gemiddeld aantal personen x 100"),
    Indicator(
        "4.3", "INID013532", "doorstroom kwalificatieniveau", "percentage",
        "personen met een hoger niveau dan bij het begin / gemiddeld aantal personen x 100",
    ),
    Indicator("5.1", "INID013533", "fte per client", "ratio", "fte zorg / gemiddeld aantal bewoners per dag"),
)  # fmt: skip
