"""The pages of profile and conversations: one sheet in large type, a list for the team, both languages."""

from __future__ import annotations

from typing import Any

from ipvb_bridge.core import instruments
from ipvb_bridge.reports import instruments as pages
from ipvb_bridge.reports.instruments import render
from tests.core.instruments.given import given
from tests.core.instruments.test_conversations import delivery, talk
from tests.core.instruments.test_profile import text
from tests.core.small import agreement, small


def page(name: str, language: Any = "nl", subject: str | None = None, **streams: Any) -> str:
    instrument = instruments.load(name)
    inputs = given(small("2026-01", **streams))
    made = instrument.run(inputs)
    return render.render(instrument, inputs, made, "Stichting Voorbeeld", language=language, subject=subject)


def test_the_profile_is_a_page_for_the_person() -> None:
    """Each section under its heading, what is empty says so, and the day's care by day part."""
    html = page(
        "profile",
        subject="R1",
        profiles=[text("likes", "Muziek & dans\nen koffie")],
        care_agreements=[agreement("A1", description="Wassen"), agreement("A2", per="week", description="Wandelen")],
    )
    for words in (
        "Hier hou ik van",
        "Muziek &amp; dans",
        "Dit vullen wij samen met u in",
        "ochtend",
        "Wassen",
        "Wandelen",
    ):
        assert words in html, words
    assert "zaterdag 31 januari 2026" in html


def test_the_overview_of_profiles() -> None:
    """All residents with how much is filled; a page for all together and one for each."""
    assert list(render.pages(pages.load("profile"), instruments.load("profile").run(given(small())), None)) == [
        None,
        "R1",
    ]
    html = page("profile", profiles=[text("likes", "x")])
    assert "Ingevulde onderdelen" in html


def test_both_speak_english() -> None:
    """English words by setting."""
    assert "What I love" in page("profile", "en", "R1", profiles=[text("likes", "x")])
    html = page("conversations", "en")
    for words in ("Time for a conversation", "Conversation due", "our reading"):
        assert words in html, words
    assert "Laatste gesprek" not in html


def test_the_list_for_the_team() -> None:
    """Who is due with what changed, agreed and delivered hours, in Dutch notation."""
    html = page(
        "conversations",
        conversations=[talk("1", "2025-12-20")],
        care_agreements=[agreement("A1"), agreement("A2", start_date="2026-01-05", description="<b>nieuw</b>")],
        care_deliveries=[delivery("1", "2026-01-05T10:00+01:00", 600, agreement_id="A1")],
    )
    for words in ("20 december 2025", "afspraak begonnen", "&lt;b&gt;nieuw", "10,00", "Persoonlijke verzorging"):
        assert words in html, words


def test_a_person_s_words_are_text() -> None:
    """Markup in a profile is shown, not run."""
    html = page("profile", subject="R1", profiles=[text("likes", "<script>x</script>")])
    assert "<script>" not in html
