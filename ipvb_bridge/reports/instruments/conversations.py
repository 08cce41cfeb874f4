"""The page of the monthly conversation: the list for a team."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ipvb_bridge.reports.instruments.contract import Page, Section, Text, View


def _tiles(view: View) -> Sequence[tuple[str, str, str]]:
    rows, dutch, written = view.tables["conversation_list"], view.language == "nl", view.figures
    due = rows.filter("due").height
    never = rows.filter(pl.col("last_date").is_null()).height
    of = f"{'van' if dutch else 'of'} {written.count(rows.height)}"
    return (
        ("Gesprek nodig" if dutch else "Conversation due", written.count(due), of),
        ("Nog nooit vastgelegd" if dutch else "Never recorded", written.count(never), of),
        (
            "Iets veranderd" if dutch else "Something changed",
            written.count(rows.filter(pl.col("changes") > 0).height),
            "sinds het laatste gesprek" if dutch else "since the last conversation",
        ),
    )


PAGE = Page(
    title=Text("Koffiemomenten", "Monthly conversations"),
    lead=Text(
        "Met welke bewoners is het tijd voor een gesprek, wat is er veranderd sinds het vorige, en waar verschilt de "
        "geleverde zorg van wat is afgesproken?",
        "With which residents is it time for a conversation, what changed since the last one, and where does delivered "
        "care differ from what was agreed?",
    ),
    sections=(
        Section(
            Text("Tijd voor een gesprek", "Time for a conversation"),
            "conversation_list",
            columns=(
                "unit_id",
                "resident_id",
                "last_date",
                "due_date",
                "changes",
                "agreed_milliminutes",
                "delivered_milliminutes",
            ),
            rows=lambda frame: frame.filter("due").sort("unit_id", "due_date", "resident_id", nulls_last=False),
        ),
        Section(Text("Wat er veranderde", "What changed"), "conversation_changes"),
        Section(
            Text("Afgesproken en geleverd", "Agreed and delivered"),
            "conversation_differences",
            Text(
                "Alleen waar zij verschillen, het grootste verschil eerst.",
                "Only where they differ, the greatest difference first.",
            ),
            totals=("agreed_milliminutes", "delivered_milliminutes", "difference_milliminutes"),
            rows=lambda frame: frame.sort(
                pl.col("difference_milliminutes").abs(), descending=True, maintain_order=True
            ),
        ),
        Section(
            Text("Later aan de beurt", "Due later"),
            "conversation_list",
            columns=("unit_id", "resident_id", "last_date", "due_date", "changes"),
            rows=lambda frame: frame.filter(~pl.col("due")).sort("due_date", "unit_id", "resident_id"),
        ),
    ),
    headings={
        "last_date": Text("Laatste gesprek", "Last conversation"),
        "due_date": Text("Volgende", "Next"),
        "due": Text("Aan de beurt", "Due"),
        "changes": Text("Veranderd", "Changes"),
        "agreed_milliminutes": Text("Afgesproken uren", "Agreed hours"),
        "delivered_milliminutes": Text("Geleverde uren", "Delivered hours"),
        "difference_milliminutes": Text("Verschil in uren", "Difference in hours"),
        "what": Text("Wat", "What"),
        "subject": Text("Nummer", "Number"),
    },
    values={
        "what": {
            "agreement_began": Text("afspraak begonnen", "agreement began"),
            "agreement_ended": Text("afspraak geëindigd", "agreement ended"),
            "indication_began": Text("indicatie begonnen", "indication began"),
            "indication_ended": Text("indicatie geëindigd", "indication ended"),
        },
    },
    reading=Text(
        "Een gesprek is weer nodig een ingesteld aantal dagen na het vorige (standaard 31), en meteen voor wie er nog "
        "geen had. Veranderd is wat begon of eindigde na de dag van het laatste gesprek.",
        "A conversation is due again a set number of days after the last one (31 by default), and at once for who had "
        "none. Changed is what began or ended after the day of the last conversation.",
    ),
    tiles=_tiles,
)
