"""The page of the Integrale Vergelijking."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from ipvb_bridge.core.instruments.comparison_settings import Comparison
from tests.core.instruments.comparing import FLS, compared, long, organisation, wide
from tests.core.instruments.test_comparison import THREE
from tests.reports.instruments.pages import HOSTILE, page, seen

ROOT = Path(__file__).resolve().parents[3]
PRICES = {"x1": Decimal(1), "x2": Decimal(2)}


def shown(rows: dict[str, dict[str, Any]], language: str = "nl", **chosen: Any) -> str:
    return page("comparison", organisation(**chosen), language, comparison_units=long(rows))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "nl",
            ("Integrale vergelijking", "onze lezing", "0,750", "0,889", "8,80", "boven maximum", "officiële"),
        ),
        ("en", ("Integral comparison", "our reading", "0.750", "0.889", "8.80", "above maximum", "official value")),
    ],
)
def test_figures_and_words(language: str, words: tuple[str, ...]) -> None:
    """Scores, cost, place and the mark of our reading stand there, in the reader's notation."""
    text = seen(shown(wide(THREE), language, prices=PRICES))
    for word in words:
        assert word in text, word


def test_every_choice_is_told() -> None:
    """The page names what is compared, by which returns, bandwidth, quality, environment, and who is ruled out."""
    units = wide({"A": (2, 4, 1, 8, 1, 5), "B": (4, 2, 1, 9, 1, 5)}, "x1", "x2", "y", "mark", "heavy", "rent")
    text = seen(
        shown(
            units,
            returns="non_increasing",
            prices={"x1": "rent", "x2": Decimal("2.5")},
            uninfluenceable=["rent"],
            quality="mark",
            quality_at_least=Decimal("7.5"),
            environment={"heavy": "lower"},
            not_peers=["B"],
        )
    )
    for word in ("x1, x2", "niet toenemend", "10,0%", "mark minstens 7,50", "heavy (lager is zwaarder)", "x2 2,50"):
        assert word in text, word


def test_the_lowest_score_first() -> None:
    """Bars and table begin with the unit that can win most, each bar with its figure."""
    root = html.fromstring(shown(wide(FLS)))
    rows = root.xpath("//span[@class='stack']/ancestor::*[self::li or self::tr][1]")
    bars = [list(row.itertext()) for row in rows]
    assert bars[0] == ["5", "0,310"]
    scores = [float(score.replace(",", ".")) for _, score in bars]
    assert scores == sorted(scores)


def test_hostile_names_are_text() -> None:
    """Markup in the name of a unit or of a measure is text, in tables and bars."""
    units = {unit: {HOSTILE: x1, "x2": x2, "y": y, "name": HOSTILE} for unit, (x1, x2, y) in THREE.items()}
    text = shown(units, inputs=[HOSTILE, "x2"])
    assert HOSTILE not in text
    assert text.count("&lt;script&gt;") > 9


def drawing(text: str) -> Any:
    """The drawing of the frontier, None where there is none."""
    found = html.fromstring(text).xpath("//*[name()='svg'][.//*[contains(@class, 'line')]]")
    return found[0] if found else None


def test_the_frontier_is_drawn() -> None:
    """Two inputs, one output and constant returns: peers are squares on the line, others circles, all named."""
    units = wide(FLS)
    for unit, measures in units.items():
        measures["name"] = f"<b>{unit}"
    drawn = drawing(shown(units, not_peers=["1"]))
    assert len(drawn.xpath(".//*[name()='rect']")) == 3
    assert len(drawn.xpath(".//*[name()='circle']")) == 8
    names = {each.text for each in drawn.xpath(".//*[name()='text']")}
    assert {f"<b>{unit}" for unit in FLS} <= names
    assert "x1 per y" in names


@pytest.mark.parametrize(
    "chosen",
    [
        {"returns": "variable"},
        {"inputs": ["x1"]},
        {"outputs": ["x2", "y"], "inputs": ["x1"]},
        {"environment": {"y": "higher"}},
    ],
)
def test_no_frontier_where_none_can_be_drawn(chosen: dict[str, Any]) -> None:
    """Other returns, other numbers of measures, or an environment: no drawing, and the page stands."""
    assert drawing(shown(wide(FLS), **chosen)) is None
    assert drawing(shown(wide({"A": (1, 1, 1)}))) is None


def test_nothing_to_compare() -> None:
    """Without units the page stands, empty, and says what to do."""
    assert "Er is geen enkele eenheid die kan worden vergeleken." in seen(shown({}, units="file"))


def test_the_example_of_the_docs() -> None:
    """docs/instrumenten/comparison.md shows what the instrument makes of its example."""
    made = compared(wide(THREE), prices=PRICES)
    scores = made.tables["comparison_scores"].rows(named=True)
    text = (ROOT / "docs" / "instrumenten" / "comparison.md").read_text("utf-8")
    for row in scores:
        units = made.tables["comparison_peers"].filter(unit=row["unit"], model="technical")["peer"].to_list()
        x1, x2, y = THREE[row["unit"]]
        marks = [f"{row[f'{name}_score']:.3f}".replace(".", ",") for name in ("technical", "cost", "allocative")]
        cents = [f"{row[f'{name}_cents'] / 100:.2f}".replace(".", ",") for name in ("minimum", "maximum")]
        line = " | ".join([row["unit"], str(x1), str(x2), str(y), *marks, *cents, ", ".join(units)])
        assert f"| {line} |" in text, line


def test_the_settings_of_the_docs() -> None:
    """The settings that docs/instrumenten/comparison.md shows are read, and name every setting but prices."""
    text = (ROOT / "docs" / "instrumenten" / "comparison.md").read_text("utf-8")
    shown_there = tomllib.loads(text.partition("```toml\n")[2].partition("```")[0], parse_float=Decimal)
    chosen = Comparison.model_validate(shown_there["instruments"]["comparison"])
    assert set(Comparison.model_fields) - chosen.model_fields_set == {"prices"}
