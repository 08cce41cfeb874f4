"""The resident's statement: one A4 page that a relative understands, made from the signed data and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ipvb_bridge.core.records import CARE_FUNCTIONS, DAY_PARTS
from ipvb_bridge.core.statement import BRIDGE_PARTS, Basis, statement_data, statements
from ipvb_bridge.reports.budgets import kind
from ipvb_bridge.reports.numbers import minutes, share
from ipvb_bridge.reports.rendering import environment
from ipvb_bridge.reports.terms import Language, Terms, terms

__all__ = ["Basis", "render_statement", "statement_data", "statements"]

Data = Mapping[str, Any]
MOST_LINES = 4
"""Lines of one box that stand apart; with more, the last place sums up the others, so that a page stays a page."""

ROOM = 30
"""Lines of print that the tables may take in the common type; more than that is set smaller."""
ROOMY = 21
"""Lines of print up to which the type is larger still."""
_WIDE, _WIDE_SMALL = 30, 44
"""Letters that fit on one line of a box, of a title and of the small print below it."""


@dataclass(slots=True)
class Cell:
    """Whole minutes and cents; a sum of cells adds both, so that the page adds up in front of its reader."""

    minutes: int = 0
    cents: int = 0

    def add(self, other: Cell) -> None:
        """Take another cell into the sum."""
        self.minutes += other.minutes
        self.cents += other.cents


@dataclass(frozen=True, slots=True)
class Care:
    """Staff care paid by the Wlz: a row for each care function with its cells by day part; sums; the whole."""

    rows: Sequence[tuple[str, Mapping[str, Cell], Cell]]
    day_parts: Mapping[str, Cell]
    total: Cell


@dataclass(slots=True)
class Item:
    """One line of a box: what, who or whose bill, whole minutes, and cents where it costs anything."""

    title: str
    note: str
    cell: Cell = field(default_factory=Cell)
    priced: bool = True


def render_statement(data: Data, language: Language) -> str:
    """The page of one statement, from ``data`` of :func:`statement_data` alone; the same data give the same page."""
    words = terms(language)
    care = _care(data["lines"], words)
    network, beside = _items(data["lines"], "network", words), _beside(data["lines"], words)
    required = data["required_cents"]
    divided = [
        (name, words(f"statement.{name}"), ", ".join(words.entry(code) for code in data.get(name, ())), cents)
        for name in ("fixed", "free", "other")
        if (cents := data[f"{name}_cents"]) or name in ("fixed", "free")
    ]
    # Where nothing of this resident is fixed or free there is no division to show.
    divided = divided if data["fixed"] or data["free"] else []
    bridge = {part["part"]: part["cents"] for part in data["bridge"]}
    told = (data["paid_days"] < data["held_days"]) + 2 * bool(data["elsewhere"])
    boxes = (_shortened(network, MOST_LINES, words), _by_bill(beside, MOST_LINES, words))
    left, right, both = _column(data), _boxes(boxes) + bool(data["network_cost_cents"]), _division(divided)
    divided_right = right < left
    tables = max(left + both * (not divided_right), right + both * divided_right)
    taken = told + 2 * (len(care.rows) + 1) + tables
    if taken > ROOM:
        boxes = (_shortened(network, MOST_LINES - 1, words), _by_bill(beside, MOST_LINES - 1, words))
    return (
        environment(language)
        .get_template("statement.html.j2")
        .render(
            data=data,
            who=data["name"] or data["resident_id"],
            place=", ".join(each for each in (data["unit_name"], data["location_name"]) if each),
            care=care,
            network=boxes[0],
            beside=boxes[1],
            size="dense" if taken > ROOM else "roomy" if taken <= ROOMY else "",
            divided_right=divided_right,
            network_total=sum(item.cell.minutes for item in network),
            beside_total=sum(item.cell.cents for item in beside),
            divided=[(*each, share(max(each[3], 0), required)) for each in divided],
            # A statement that was signed before statements said this has no such key.
            without=", ".join(words.pool(component).lower() for component in data.get("without", ())),
            freed=", ".join(
                words.pool(part["component"]).lower() for part in data["components"] if part["freed_cents"]
            ),
            bridge=[(part, bridge[part]) for part in BRIDGE_PARTS if bridge.get(part)] if bridge else [],
            ledger=bridge.get("ledger_cost"),
        )
    )


def _cell(line: Data) -> Cell:
    return Cell(minutes(line["milliminutes"]), line["cost_cents"])


def _care(lines: Sequence[Data], words: Terms) -> Care:
    exact: dict[tuple[str, str], list[int]] = {}
    for line in lines:
        if kind(line) == "wlz":
            both = exact.setdefault((line["care_function"], line["day_part"]), [0, 0])
            both[0] += line["milliminutes"]
            both[1] += line["cost_cents"]
    cells = {key: Cell(minutes(time), cents) for key, (time, cents) in exact.items()}
    rows = []
    columns = {part: Cell() for part in DAY_PARTS if any(part == each for _, each in cells)}
    whole = Cell()
    for function in CARE_FUNCTIONS:
        own = {part: cell for (name, part), cell in cells.items() if name == function}
        if own:
            total = Cell()
            for part, cell in own.items():
                total.add(cell)
                columns[part].add(cell)
            whole.add(total)
            rows.append((words.care_functions[function], own, total))
    return Care(rows, columns, whole)


def _title(line: Data, words: Terms) -> str:
    return str(line["description"] or words.care_functions[line["care_function"]])


def _items(lines: Sequence[Data], name: str, words: Terms) -> list[Item]:
    """The lines of one kind, the longest first."""
    own = sorted((line for line in lines if kind(line) == name), key=lambda line: -line["milliminutes"])
    return [Item(_title(line, words), _by(line, words), _cell(line), priced=False) for line in own]


def _by(line: Data, words: Terms) -> str:
    return "" if line["performer"] == "staff" else words(f"by.{line['performer']}")


def _beside(lines: Sequence[Data], words: Terms) -> list[Item]:
    """What is outside the Wlz: paid by the resident, by nobody, or bought elsewhere."""
    made = []
    for name in ("private", "outside", "external"):
        for item in _items(lines, name, words):
            item.note, item.priced = words(f"statement.{name}"), name != "external"
            made.append(item)
    return made


def _by_bill(items: Sequence[Item], most: int, words: Terms) -> list[Item]:
    """The items; with too many, those of one bill together, so that who pays what is never lost."""
    if len(items) <= most:
        return list(items)
    made: dict[str, list[Item]] = {}
    for item in items:
        made.setdefault(item.note, []).append(item)
    return [
        _summed(own, words("statement.several", count=len(own))) if len(own) > 1 else own[0] for own in made.values()
    ]


def _summed(items: Sequence[Item], title: str) -> Item:
    whole = Item(title, items[0].note, priced=any(item.priced for item in items))
    for item in items:
        whole.cell.add(item.cell)
    return whole


def _shortened(items: Sequence[Item], most: int, words: Terms) -> list[Item]:
    if len(items) <= most:
        return list(items)
    shown, others = list(items[: most - 1]), items[most - 1 :]
    rest = _summed(others, words("statement.others", count=len(others)))
    rest.note = ""
    return [*shown, rest]


# About how many lines of print the parts below the care take in the larger type: what decides where and how they stand.
def _long(text: str, wide: int = _WIDE) -> int:
    return 1 + len(text) // wide


def _column(data: Data) -> int:
    without = 1 + _long(" ".join(data.get("without", ())), _WIDE_SMALL) if data.get("without") else 0
    return 3 + max(len(data["components"]), 1) + (2 if data["freed_cents"] else 0) + without


def _boxes(boxes: Sequence[Sequence[Item]]) -> int:
    return sum(
        2 + max(len(box) > 1, not box) + sum(_long(item.title) + bool(item.note) for item in box) for box in boxes
    )


def _division(divided: Sequence[tuple[Any, ...]]) -> int:
    return 4 * bool(divided) + sum(1 + (_long(what, _WIDE_SMALL) if what else 0) for _, _, what, _ in divided)
