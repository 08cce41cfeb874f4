"""The page of the monthly account."""

from __future__ import annotations

import pytest
from lxml import html

from tests.core.instruments.test_groups import organisation
from tests.core.small import indication, stream
from tests.reports.instruments.pages import HOSTILE, page, seen


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nl", ("€ 4.730,00", "€ 4.260,00", "€ 470,00", "2 bewoners, 46 betaalde dagen", "38,00 uur zorg",
                "7,50 uur netwerk", "Sluit het?", "R02 ", "2026-01", "onze lezing", "Persoonlijke verzorging")),
        ("en", ("€4,730.00", "€4,260.00", "€470.00", "2 residents, 46 days paid", "38.00 hours of care",
                "7.50 hours of network", "Does it close?", "R02 ", "our reading", "Personal care")),
    ],
)  # fmt: skip
def test_figures_and_words(language: str, words: tuple[str, ...]) -> None:
    """Required, available and what is behind it, the checks and the basis, in the reader's notation."""
    text = seen(page("monthly_account", organisation(), language)).replace("\u00a0", " ").replace("\u2060", "")
    for word in words:
        assert word in text, word


def test_the_bridge_stands_on_it() -> None:
    """The steps of the bridge add up to the ledger's cost of the example."""
    root = html.fromstring(page("monthly_account", organisation()))
    cents = [
        int(row.xpath("./td")[1].text.replace(".", "").replace(",", ""))
        for row in root.xpath("//table[contains(@class, 'bridge')]/tbody/tr")
    ]
    assert sum(cents[:-1]) == cents[-1] == 96_000


def test_no_resident_is_named() -> None:
    """Neither an id nor a sentence about one resident stands on what goes to the zorgkantoor."""
    org = organisation()
    for row in org.streams["residents"]:
        row["resident_id"] = row["resident_id"].replace("R", "BEWONER-")
    for name in ("stays", "indications", "care_agreements"):
        for row in org.streams[name]:
            row["resident_id"] = row["resident_id"].replace("R", "BEWONER-")
    text = page("monthly_account", org)
    assert "€" in text
    assert "BEWONER-" not in text


def test_locations_have_bars_and_profiles_their_order() -> None:
    """A bar for each location with its figures; 4VV before 10VV; a hostile name is text."""
    org = organisation()
    org.streams["units"].append(stream("units", unit_id="L", parent_id="ORG", kind="location", name=HOSTILE))
    org.streams["units"][1]["parent_id"] = "L"
    org.streams["indications"][1] = indication("I2", "2026-01-17", zzp="10VV") | {"resident_id": "R2"}
    text = page("monthly_account", org)
    assert text.index("<td>4VV</td>") < text.index("<td>10VV</td>")
    assert HOSTILE not in text
    bars = html.fromstring(text).xpath("//table[@class='bars']//tr")
    assert len(bars) == 1
    assert "1.860,00" in bars[0].text_content()
