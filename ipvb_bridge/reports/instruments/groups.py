"""The page of the client groups beside each other."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from markupsafe import Markup

from ipvb_bridge.reports.instruments.bars import bars
from ipvb_bridge.reports.instruments.bridged import bridge_section
from ipvb_bridge.reports.instruments.contract import Page, Section, Text, View

_MONEY = ("available_cents", "care_cents", "stay_cents", "balance_cents")
_DAY = ("available_day_cents", "care_day_cents", "stay_day_cents", "balance_day_cents")
_WEEK = ("week_hours", "network_week_hours")


def _name(view: View, code: str | None) -> str:
    return view.words.client_groups.get(code, code) if code else str(view.words("unknown"))


def _tiles(view: View) -> Sequence[tuple[str, str, str]]:
    written, dutch = view.figures, view.language == "nl"
    made = []
    for row in view.tables["client_groups"].iter_rows(named=True):
        people = view.words.number("residents", row["residents"], written.count(row["residents"]))
        made.append(
            (
                f"{'Saldo' if dutch else 'Balance'} {_name(view, row['client_group']).lower()}",
                written.euro(row["balance_cents"]),
                f"{written.euro(row['balance_day_cents'])} {'per dag' if dutch else 'per day'}, {people}",
            )
        )
    return made


def _chart(view: View) -> Markup:
    written, dutch = view.figures, view.language == "nl"
    staff, network = ("medewerkers", "netwerk") if dutch else ("staff", "network")
    rows = [
        (
            _name(view, row["client_group"]),
            [row["week_hours"], row["network_week_hours"]],
            f"{written.decimal(row['week_hours'])} {staff}, {written.decimal(row['network_week_hours'])} {network}",
        )
        for row in view.tables["client_groups"].filter(pl.col("week_hours").is_not_null()).iter_rows(named=True)
    ]
    return bars(rows, [f"Uur {staff}", f"Uur {network}"] if dutch else [f"Hours of {staff}", f"Hours of {network}"])


def _zzp(codes: pl.DataFrame) -> pl.DataFrame:
    """Profiles in the order of their number: 4VV before 10VV."""
    number = pl.col("zzp").str.extract(r"^(\d+)").cast(pl.Int64)
    return codes.with_columns(number=number).sort("number", "zzp", nulls_last=True, maintain_order=True).drop("number")


PAGE = Page(
    title=Text("Somatiek en psychogeriatrie naast elkaar", "Somatic and psychogeriatric care beside each other"),
    lead=Text(
        "Komt de zorg voor elke groep bewoners uit met het geld dat daarvoor is? Deze pagina zet de doelgroepen en de "
        "zorgprofielen naast elkaar: wat er beschikbaar is, hoeveel uur zorg is afgesproken, wat die zorg en het "
        "verblijf kosten, en wat er overblijft of ontbreekt.",
        "Is the money for each group of residents enough for its care? This page shows the client groups and the care "
        "profiles beside each other: what is available, how many hours of care are agreed, what that care and the stay "
        "cost, and what is left or lacking.",
    ),
    sections=(
        Section(
            Text("Per doelgroep", "By client group"),
            "client_groups",
            columns=("client_group", "residents", "held_days", *_MONEY),
            totals=("held_days", *_MONEY),
        ),
        Section(
            Text("Per bewoner, per dag", "Per resident, per day"),
            "client_groups",
            Text(
                "Beschikbaar min zorg min verblijf is het saldo van een dag. Zo ziet u waar het verschil tussen de "
                "groepen zit: in het tarief, in de zorg of in het verblijf.",
                "Available less care less stay is the balance of a day. It shows where the groups differ: in the "
                "tariff, in the care or in the stay.",
            ),
            columns=("client_group", *_DAY),
        ),
        Section(
            Text("Uren zorg per bewoner per week", "Hours of care per resident per week"),
            "profiles",
            columns=("client_group", "zzp", "residents", *_WEEK, "balance_day_cents"),
            rows=_zzp,
            chart=_chart,
        ),
        Section(
            Text("Doelgroepen per afdeling", "Client groups by department"),
            "client_groups_by_unit",
            columns=("unit_id", "client_group", "residents", "week_hours", *_MONEY, "balance_day_cents"),
            totals=_MONEY,
        ),
        Section(
            Text("Zorgprofielen per afdeling", "Care profiles by department"),
            "profiles_by_unit",
            columns=("unit_id", "zzp", "residents", "week_hours", *_MONEY, "balance_day_cents"),
            totals=_MONEY,
        ),
        bridge_section(),
    ),
    headings={
        "held_days": Text("Dagen", "Days"),
        "paid_days": Text("Betaalde dagen", "Days paid"),
        "care_cents": Text("Zorg", "Care"),
        "stay_cents": Text("Verblijf", "Stay"),
        "available_day_cents": Text("Beschikbaar per dag", "Available per day"),
        "care_day_cents": Text("Zorg per dag", "Care per day"),
        "stay_day_cents": Text("Verblijf per dag", "Stay per day"),
        "balance_day_cents": Text("Saldo per dag", "Balance per day"),
        "care_milliminutes": Text("Uren medewerkers", "Hours of staff"),
        "network_milliminutes": Text("Uren netwerk", "Hours of the network"),
        "week_hours": Text("Uren per week, medewerkers", "Hours a week, staff"),
        "network_week_hours": Text("Uren per week, netwerk", "Hours a week, network"),
    },
    reading=Text(
        "Een bewoner telt de hele periode bij de doelgroep die het zorgdossier noemt, en bij het zorgprofiel van de "
        "laatste dag met een indicatie op die afdeling. Uren per week en bedragen per dag zijn gedeeld door de dagen "
        "waarop een bewoner een plaats heeft, ook als hij afwezig is. Uren zijn van medewerkers die de Wlz betaalt.",
        "A resident counts all period in the client group that the care record names, and with the care profile of the "
        "last day with an indication in that unit. Hours a week and amounts a day are divided by the days on which a "
        "resident has a place, also when away. Hours are of staff that the Wlz pays.",
    ),
    notes=(
        Text(
            "Een tekort van een groep zegt niet waardoor het komt. Tarief, afgesproken zorg, prijs van een uur en de "
            "kosten van het verblijf tellen alle mee. Bij weinig bewoners weegt één bewoner zwaar.",
            "A deficit of a group does not tell its cause. Tariff, care agreed, the price of an hour and the cost of "
            "stay all count. With few residents one resident weighs heavily.",
        ),
    ),
    tiles=_tiles,
)
