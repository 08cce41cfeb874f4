"""Proposals for mapping rows: RGS prefix, likeness of names, words, number range."""

from __future__ import annotations

from typing import Any

import pytest

from ipvb_bridge.core.mapping import apply
from ipvb_bridge.core.records import MAPPINGS, STREAMS
from ipvb_bridge.core.suggest import SUGGESTIONS, suggest
from tests.core.engines import frames
from tests.core.price import rule
from tests.core.small import contract, hours, indication, posting, small, stream

ACCOUNTS = [
    stream("accounts", account_id="411000", name="Lonen zorg"),
    stream("accounts", account_id="411500", name="Lonen overig"),
    stream("accounts", account_id="419000", name="Diversen", rgs_code="WBedOvpUik"),
    stream("accounts", account_id="412345", name="Lonen zorgg"),
    stream("accounts", account_id="411200", name="Xyz"),
    stream("accounts", account_id="470000", name="Xyz"),
    stream("accounts", account_id="0100", name="Gebouwen", rgs_code="BMvaBeg"),
]
CENTRES = [
    stream("cost_centres", cost_centre_id="1001", name="Zorg D1"),
    stream("cost_centres", cost_centre_id="3009", name="Keuken"),
    stream("cost_centres", cost_centre_id="3010", name="Qrst"),
    stream("cost_centres", cost_centre_id="1002", name="Zorg D2"),
    stream("cost_centres", cost_centre_id="9000", name="Opleidingen"),
]
ROWS = {
    "accounts": [
        rule("accounts", account_from="411000", account_to="411000", category="wages"),
        rule("accounts", account_from="411500", account_to="411500", category="wages"),
    ],
    "cost_centres": [rule("cost_centres", cost_centre_id="1001", pool="care")],
    "functions": [rule("functions", function="Helpende plus", level="2")],
}


def proposals() -> dict[tuple[str, str], tuple[str | None, str]]:
    lines = [posting(f"L{number}", each["account_id"], "1001", 1) for number, each in enumerate(ACCOUNTS)]
    lines += [posting(f"K{number}", "411000", each["cost_centre_id"], 1) for number, each in enumerate(CENTRES)]
    streams: dict[str, list[dict[str, Any]]] = {
        "accounts": ACCOUNTS,
        "cost_centres": CENTRES,
        "ledger_lines": lines,
        "contracts": [
            contract(f"C{number}", None, function=function)
            for number, function in enumerate(["Helpende plus+", "Verpleegkundige HBO", "Verpleegkundige", "Kapper"])
        ],
        "hours": [hours("H1", "C1", "2026-01-05T07:00+01:00", "2026-01-05T08:00+01:00", 60, kind="Gewerkte uren")],
        "indications": [indication("I1", "2026-01-01", delivery_form="VPT-Wlz")],
    }
    mappings = frames(MAPPINGS, ROWS)
    done = apply(frames(STREAMS, streams), mappings)
    streams_read = done.streams
    found = suggest(
        streams_read["accounts"], streams_read["cost_centres"], streams_read["contracts"], done.unmapped, mappings,
        small().settings,
    )  # fmt: skip
    assert found.schema == SUGGESTIONS
    return {(mapping, code): (proposed, reason) for mapping, code, _, proposed, reason in found.iter_rows()}


@pytest.mark.parametrize(
    ("mapping", "code", "proposed", "because"),
    [
        ("accounts", "419000", "hired", "RGS-code WBedOvpUik"),
        ("accounts", "0100", "excluded", "RGS-code BMvaBeg valt onder B"),
        ("accounts", "412345", "wages", "naam lijkt op 411000 Lonen zorg"),
        ("accounts", "411200", "wages", "reeks van 411000 en 411500"),
        ("accounts", "470000", None, "niets gevonden"),
        ("cost_centres", "1002", "care", "naam lijkt op 1001"),
        ("cost_centres", "3009", "meals", "naam bevat 'keuken'"),
        ("cost_centres", "3010", None, "niets gevonden"),
        ("cost_centres", "9000", None, "niets gevonden"),
        ("functions", "Helpende plus+", "2", "naam lijkt op Helpende plus"),
        ("functions", "Verpleegkundige HBO", "6", "naam bevat 'verpleegkundige hbo'"),
        ("functions", "Verpleegkundige", "4", "naam bevat 'verpleegkundige'"),
        ("functions", "Kapper", None, "niets gevonden"),
        ("hour_kinds", "Gewerkte uren", "worked", "naam bevat"),
        ("delivery_forms", "VPT-Wlz", "vpt", "naam bevat 'vpt'"),
    ],
)
def test_a_proposal_says_why(mapping: str, code: str, proposed: str | None, because: str) -> None:
    """Each unmapped code has a proposal with its reason, or none: a pool that the settings lack is never proposed."""
    found = proposals()[mapping, code]
    assert found[0] == proposed
    assert because in found[1]


def test_neighbours_that_disagree_propose_nothing() -> None:
    """Between a wages and a materials account the range says nothing."""
    names = {"411000": "wages", "411500": "materials"}
    mappings = frames(
        MAPPINGS,
        {
            "accounts": [
                rule("accounts", account_from=code, account_to=code, category=name) for code, name in names.items()
            ]
        },
    )
    streams = frames(
        STREAMS,
        {
            "accounts": [stream("accounts", account_id=code) for code in (*names, "411200")],
            "ledger_lines": [posting("L1", "411200", "1", 1)],
        },
    )
    done = apply(streams, mappings)
    found = suggest(
        streams["accounts"], streams["cost_centres"], streams["contracts"], done.unmapped, mappings, small().settings
    )
    assert found["proposed"].to_list() == [None, None]
