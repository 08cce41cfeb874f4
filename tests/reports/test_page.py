"""The report page: everything is on it, it adds up, and it stands on its own."""

from __future__ import annotations

from lxml import html

from ipvb_bridge.reports import page


def test_every_resident_and_figure_of_the_example_is_there(page_input: dict, expected: dict) -> None:
    """Each row of resident_budgets stands on the page, with its own figures."""
    text = page.render(**page_input)
    root = html.fromstring(text)
    for row in expected["resident_budgets"]:
        statement = root.get_element_by_id(f"b-{row['resident_id']}-{row['unit_id']}").text_content()
        for name in ("available_cents", "care_cents", "stay_cents", "required_cents", "balance_cents"):
            assert page.numbers.money(row[name]) in statement, (row["resident_id"], name)
