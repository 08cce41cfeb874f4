"""Findings about the files of a delivery (rules FILES01-FILES06): what was noticed and stopped nothing."""

from __future__ import annotations

from collections.abc import Sequence

from ipvb_bridge.core.findings import Finding

_SHOWN = 10


def twice(name: str, first: str) -> Finding:
    """The same bytes came a second time, perhaps under another name."""
    return Finding(
        "FILES01",
        "info",
        f"Bestand {name} heeft precies dezelfde inhoud als {first}, dat al geleverd was; het is niet nogmaals gelezen.",
        "Niets, tenzij er een ander bestand had moeten komen: vraag de leverancier dan om het juiste bestand.",
        subject=name,
    )


def older_snapshot(name: str) -> Finding:
    """A snapshot that a later one has replaced, or that arrived after a later one, is not read."""
    return Finding(
        "FILES02",
        "warning",
        f"Bestand {name} is overgeslagen: de naam komt op volgorde voor die van een nieuwere momentopname.",
        "Controleer of de bestandsnamen oplopen (met een datum als 2026-01-31 in de naam).",
        subject=name,
    )


def nothing_new(waiting: str) -> Finding:
    """No finished file came since the last delivery."""
    said = f" Nog niet af: {waiting}." if waiting else ""
    return Finding(
        "FILES03",
        "info",
        f"Er is geen nieuw bestand sinds de vorige levering.{said}",
        "Niets, tenzij er een levering had moeten komen: vraag de leverancier er dan naar.",
    )


def sliver(month: str, rows: int, most: int) -> Finding:
    """A month at the edge of a period delivery holds next to no rows: nothing of it is closed."""
    return Finding(
        "FILES04",
        "warning",
        f"De levering bevat van {month} maar {rows} regels, tegen {most} van de volste maand. Die regels zijn "
        f"bijgewerkt; eerdere regels van {month} zijn niet afgesloten.",
        f"Lever {month} in zijn geheel als er regels uit die maand vervallen zijn.",
        subject=month,
    )


def returned(name: str, first: str) -> Finding:
    """A file has the content of one before the last: perhaps an old file was sent again."""
    return Finding(
        "FILES05",
        "warning",
        f"Bestand {name} heeft dezelfde inhoud als {first} van een eerdere levering, niet als de laatste.",
        "Vraag de leverancier of dit de nieuwe stand is, of een oud bestand dat per ongeluk opnieuw is gestuurd.",
        subject=name,
    )


def no_bsn(stream: str, places: Sequence[str]) -> Finding:
    """Rows have a BSN that is none; they get no key of a person. Only where they stand is told."""
    shown = ", ".join(places[:_SHOWN]) + (" ..." if len(places) > _SHOWN else "")
    return Finding(
        "FILES06",
        "warning",
        f"In {stream} voldoen {len(places)} BSN's niet aan de lengte of de elfproef, zodat die regels geen sleutel van "
        f"de persoon krijgen: {shown}.",
        "Laat de nummers in de bron nagaan; een spreadsheet maakt er soms een ander getal van.",
        subject=stream,
    )
