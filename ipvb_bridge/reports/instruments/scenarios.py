"""The page of the scenarios: base and scenarios side by side, prices, budgets, formation and the bridge of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import polars as pl
from markupsafe import Markup

from ipvb_bridge.core.statement import BRIDGE_PARTS
from ipvb_bridge.reports.instruments import price_words
from ipvb_bridge.reports.instruments.bars import bars
from ipvb_bridge.reports.instruments.bridged import bridge_section
from ipvb_bridge.reports.instruments.contract import Page, Section, Text, View
from ipvb_bridge.reports.instruments.price_words import DAY_PARTS, HEADINGS, KINDS, Words, nothing, table
from ipvb_bridge.reports.terms import plain

FIGURES: Mapping[str, Text] = {
    "available": Text("Beschikbaar", "Available"),
    "care": Text("Zorg", "Care"),
    "stay": Text("Verblijf", "Stay"),
    "required": Text("Nodig", "Required"),
    "balance": Text("Saldo", "Balance"),
    "private": Text("Privé", "Private"),
    "outside": Text("Zonder grond", "Without ground"),
    "ledger_cost": Text("Kosten volgens het grootboek", "Cost by the ledger"),
    "unabsorbed": Text("Uren zonder afspraak", "Hours without agreement"),
    "price_difference": Text("Prijsverschil", "Price difference"),
}
SETTINGS: Mapping[str, Text] = {
    "wages": Text("Lonen", "Wages"),
    "costs": Text("Kostensoort", "Cost category"),
    "hired_share": Text("Deel ingehuurd", "Part hired"),
    "direct_share": Text("Aandeel directe tijd", "Direct share"),
    "occupancy": Text("Bezetting", "Occupancy"),
    "variable": Text("Beweegt mee met de bezetting", "Moves with the occupancy"),
    "tariffs": Text("Tarieven", "Tariffs"),
    "none": Text("Verandert niets", "Changes nothing"),
}
OF_WHAT = Words(lambda words, code: words.level(code) if code in words.levels else words.part(code))
"""Levels and cost categories."""


_ALL = "all"
"""The row of all levels together."""


def _names(view: View) -> list[str]:
    return view.tables["scenarios"]["scenario"].unique().sort().to_list()


def _base(view: View) -> str:
    return "Nu" if view.language == "nl" else "Now"


def _beside(
    view: View, rows: pl.DataFrame, key: list[str], title: Callable[[dict[str, str]], str], unit: str = "cents"
) -> Markup:
    """Rows by key; the base, and of each scenario its figure with the difference below it."""
    names = _names(view)
    if rows.is_empty() or not names:
        return nothing(view)
    written = view.figures
    write: Callable[[int | float | None], str] = written.money if unit == "cents" else written.decimal  # type: ignore[assignment]  # cents are whole numbers
    found: dict[tuple[str, ...], dict[str, tuple[str, str]]] = {}
    base: dict[tuple[str, ...], str] = {}
    for row in rows.iter_rows(named=True):
        at = tuple(row[each] for each in key)
        base[at] = write(row[f"base_{unit}"]) or "–"
        difference = row[f"difference_{unit}"]
        shown = write(difference)
        more = f"+{shown}" if difference and difference > 0 else shown
        found.setdefault(at, {})[row["scenario"]] = (
            write(row[f"scenario_{unit}"]) or "–",
            more if shown.strip("-0,.") else "",
        )
    cell = Markup("{}<br><small>{}</small>")
    return table(
        ["", _base(view), *names],
        [
            [
                title(dict(zip(key, at, strict=True))),
                base[at],
                *(cell.format(*own.get(name, ("–", ""))) for name in names),
            ]
            for at, own in found.items()
        ],
    )


def _prices(view: View) -> Markup:
    rows = price_words.ordered(view.tables["scenario_prices"])
    return _beside(view, rows, ["key", "day_part"], lambda at: price_words.name(view, at["key"], at["day_part"]))


def _budgets(view: View) -> Markup:
    order = pl.col("figure").replace_strict({name: at for at, name in enumerate(FIGURES)}, return_dtype=pl.Int64)
    rows = view.tables["scenario_budgets"].sort(order)
    return _beside(view, rows, ["figure"], lambda at: FIGURES[at["figure"]].of(view.language))


def _formation(view: View) -> Markup:
    rows = view.tables["scenario_formation"].sort("level")
    fte = pl.col("base_fte", "scenario_fte", "difference_fte")
    whole = rows.group_by("scenario").agg(fte.sum()).with_columns(level=pl.lit(_ALL)).select(rows.columns)

    def title(at: dict[str, str]) -> str:
        return str(view.words("total")) if at["level"] == _ALL else view.words.level(at["level"])

    return _beside(view, pl.concat([rows, whole]), ["level"], title, "fte")


def _bridge(view: View) -> Markup:
    """The bridge of the base and of each scenario, a column each; the steps add up to the ledger's cost."""
    rows = view.tables["scenario_bridge"]
    names = _names(view)
    if rows.is_empty() or not names:
        return nothing(view)
    sums = {
        (scenario, part): cents
        for scenario, part, cents in rows.group_by("scenario", "part").agg(pl.col("cents").sum()).iter_rows()
    }
    columns = ["base", *names]

    def line(part: str) -> list[str]:
        title = view.words.bridge.get(part, (plain(part), ""))[0]
        return [title, *(view.figures.money(sums.get((name, part), 0)) for name in columns)]

    steps = [part for part in BRIDGE_PARTS if part != "ledger_cost"]
    return table(["", _base(view), *names], [line(part) for part in steps], line("ledger_cost"))


def _balances(view: View) -> Markup:
    rows = view.tables["scenario_budgets"].filter(pl.col("figure") == "required").sort("scenario")
    if rows.is_empty():
        return Markup()
    euro = view.figures.euro
    drawn = [(_base(view), [rows["base_cents"][0]], euro(rows["base_cents"][0]))]
    drawn += [(name, [cents], euro(cents)) for name, cents in rows.select("scenario", "scenario_cents").iter_rows()]
    title = "Nodig voor zorg en verblijf" if view.language == "nl" else "Required for care and stay"
    return Markup("<h3>{}</h3>{}").format(title, bars(drawn))


def _tiles(view: View) -> Sequence[tuple[str, str, str]]:
    rows = view.tables["scenario_budgets"].filter(pl.col("figure") == "balance").sort("scenario")
    what = "Saldo" if view.language == "nl" else "Balance"
    of = "verschil" if view.language == "nl" else "difference"
    return [
        (f"{what}: {name}", view.figures.euro(cents), f"{of} {view.figures.euro(difference)}")
        for name, cents, difference in rows.select("scenario", "scenario_cents", "difference_cents").head(4).iter_rows()
    ]


PAGE = Page(
    title=Text("Wat als: scenario's naast de stand van nu", "What if: scenarios beside the present"),
    lead=Text(
        "Wat er gebeurt met prijzen, budgetten en formatie als lonen, kosten, directe tijd, inhuur of bezetting "
        "veranderen. Elk scenario is helemaal doorgerekend, naast de stand van nu. Eronder staat het verschil.",
        "What happens to prices, budgets and formation when wages, costs, direct time, hired staff or occupancy "
        "change. "
        "Each scenario is worked out in full, beside the present. The difference stands below it.",
    ),
    reading=Text(
        "Lonen en kosten: elke grootboekregel van die kostensoort, in elke pool. Inhuur: de uren blijven, de kosten "
        "van "
        "eigen en ingehuurd personeel bewegen mee met hun uren, elk tegen de prijs per uur van nu. Bezetting: wie een "
        "plaats bezet beweegt mee, met dagen, zorg en inkomsten; gewerkte uren en kosten blijven, behalve de "
        "kostensoorten die als variabel zijn aangewezen.",
        "Wages and costs: every ledger line of that category, in every pool. Hired staff: the hours stay, the cost of "
        "own and hired staff moves with their hours, each at its present cost an hour. Occupancy: who holds a place "
        "moves along, with days, care and income; worked hours and costs stay, but for the categories called variable.",
    ),
    sections=(
        Section(
            Text("De scenario's", "The scenarios"),
            "scenarios",
            columns=("scenario", "description", "setting", "key", "base_share", "share"),
        ),
        Section(Text("Budgetten", "Budgets"), chart=_balances, body=_budgets),
        Section(Text("Prijzen", "Prices"), body=_prices),
        Section(
            Text("Formatie", "Formation"),
            lead=Text("Benodigd personeel in fte.", "Required staff in FTE."),
            body=_formation,
        ),
        Section(
            Text("De brug van elk scenario", "The bridge of each scenario"),
            lead=Text(
                "Van de kosten in het grootboek naar de budgetten; elke kolom telt op.",
                "From the ledger's cost to the budgets; each column adds up.",
            ),
            body=_bridge,
        ),
        bridge_section(),
    ),
    headings={
        **HEADINGS,
        "scenario": Text("Scenario", "Scenario"),
        "setting": Text("Wat verandert", "What changes"),
        "key": Text("Waarvan", "Of what"),
        "base_share": Text("Nu", "Now"),
        "share": Text("Wordt, of verandering", "Becomes, or change"),
        "figure": Text("Bedrag", "Amount"),
        "base_cents": Text("Nu", "Now"),
        "scenario_cents": Text("Scenario", "Scenario"),
        "difference_share": Text("Verschil in delen", "Difference in parts"),
        "base_fte": Text("Nu", "Now"),
        "scenario_fte": Text("Scenario", "Scenario"),
        "difference_fte": Text("Verschil", "Difference"),
    },
    values={"kind": KINDS, "key": OF_WHAT, "setting": SETTINGS, "figure": FIGURES, "day_part": DAY_PARTS},
    tiles=_tiles,
)
