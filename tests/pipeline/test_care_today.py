"""Uw zorg vandaag, published: one thing a resident that stands in the other system for as long as it holds."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, get_args

import polars as pl
import pytest

from ipvb_bridge.base.errors import ConfigurationError, SignatureNeeded
from ipvb_bridge.base.publish_settings import PublishKind
from ipvb_bridge.core.periods import Period
from ipvb_bridge.pipeline import calculate, delivery, difference, planning, signing, wanted
from ipvb_bridge.reports import documents
from ipvb_bridge.store import outbox
from tests.pipeline.publishing import PERIOD, House
from tests.pipeline.test_planning import agreements_edit


def states(home: House) -> Counter[str]:
    """How many messages are in each state."""
    return Counter(outbox.shown(home.store)["state"])


TARGET = '\n[publish.targets.today]\nconnection = "peer"\nkind = "care_today"\n'
DROP = 'adapter = "tables"\nstreams = []\nsettings = { out = { path = "out", kinds = ["care_today"] } }'
FHIR = 'adapter = "fhir"\nstreams = []\nsettings = { SETTINGS }'
FEBRUARY = Period.parse("2026-02")


@pytest.fixture
def home(house: House) -> House:
    """The calculated example that publishes "Uw zorg vandaag" and nothing else."""
    text = (house.folder / "bridge.toml").read_text("utf-8")
    (house.folder / "bridge.toml").write_text(text[: text.index("[publish.targets.")] + TARGET, "utf-8")
    return house


def care(planned: planning.Planned) -> dict[str, dict[str, Any]]:
    """The data of each item, by resident."""
    return {row["subject"]: json.loads(row["data"]) for row in planned.items.iter_rows(named=True)}


def items(data: dict[str, Any]) -> dict[str, tuple[str | None, dict[str, Any]]]:
    """Agreement -> its day part and item."""
    return {each["agreement_id"]: (part["day_part"], each) for part in data["day_parts"] for each in part["items"]}


def test_every_kind_that_can_be_configured_can_be_planned() -> None:
    """What a target may name in bridge.toml is what has a builder, no more and no less."""
    assert set(wanted.KINDS) == set(get_args(PublishKind))


def test_one_item_a_resident_with_the_care_per_day_part(home: House) -> None:
    """Who lives here has one item, its agreements in the order of the day; who left has none; key without a month."""
    planned = home.plan()
    found = care(planned)
    assert planned.items["key"].to_list() == [f"care_today/{each}" for each in planned.items["subject"]]
    assert "R2" not in found
    first = found["R1"]
    assert set(first) == {"kind", "resident_id", "unit_id", "day_parts"}
    order = ["morning", "afternoon", "evening", "night"]
    shown = [part["day_part"] for part in first["day_parts"]]
    assert shown == [each for each in order if each in shown]
    day_part, washing = items(first)["G01"]
    assert day_part == "morning"
    assert (washing["milliminutes"], washing["times"], washing["per"]) == (35 * 60_000 // 60, 10_000, "day")
    assert (washing["start_date"], washing["end_date"], washing["weekdays"]) == ("2025-03-01", None, None)
    # It ended on 25 January: it is no care of any day from the last of the month on.
    assert "G02" not in items(first)


def test_the_words_of_the_team_stay_out_but_a_change_of_them_shows(home: House) -> None:
    """Free text of the care file stands nowhere in a plan; with other words the item is planned anew."""
    text = "\n".join(home.plan().items["data"])
    assert "Wassen" not in text
    home.signed()
    home.send()
    agreements_edit(home, {"G01": {"description": "Douchen en aankleden"}})
    planned = home.plan()
    assert planned.items["key"].to_list() == ["care_today/R1"]
    assert planned.plan is not None
    (change,) = difference.changes(home.store, planned.plan, planned.items)
    assert list(change.moved) == ["morning G01 personal_care staff description_sha256"]


def test_a_changed_agreement_says_what_moved(home: House) -> None:
    """Other weekdays and minutes are told by day part and agreement; a new item tells how many there are."""
    planned = home.plan()
    assert planned.plan is not None
    lines = {each.subject: each.line() for each in difference.changes(home.store, planned.plan, planned.items)}
    assert lines["R1"] == f"R1 D1: {len(items(care(planned)['R1']))} agreements"
    home.signed()
    home.send()
    agreements_edit(home, {"G01": {"minutes": "40", "times": "2"}})
    again = home.plan()
    assert again.plan is not None
    (change,) = difference.changes(home.store, again.plan, again.items)
    assert change.line() == (
        "R1 D1: morning G01 personal care staff time 0:35 h -> 0:40 h, morning G01 personal care staff times 1 -> 2"
    )


def test_it_is_signed_delivered_and_read_back(home: House) -> None:
    """Two people sign it, it arrives once, reads back as signed, and then nothing is left to write."""
    home.signed()
    count = home.send().states["confirmed"]
    assert count == len(home.effects()) >= 4
    held = outbox.last_confirmed(home.store, str(PERIOD), ["care_today"])
    assert held.height == count
    assert set(held["withdrawn"]) == {0}
    again = home.plan()
    assert (again.plan, again.unchanged) == (None, count)


def plan_february(home: House) -> planning.Planned:
    """February, calculated and planned."""
    calculate.calculate(home.configuration, home.store, FEBRUARY)
    return planning.plan(home.configuration, home.store, FEBRUARY, maker="dick", moment=home.clock())


def test_another_month_leaves_what_still_holds(home: House) -> None:
    """The next month plans only what changed: one record a resident stands in the care file, not one each month."""
    home.signed()
    count = home.send().states["confirmed"]
    assert plan_february(home).unchanged == count
    agreements_edit(home, {"G01": {"minutes": "40"}})
    planned = plan_february(home)
    assert planned.plan is not None
    assert planned.items.select("key", "action").rows() == [("care_today/R1", "changed")]
    home.anna(planned.plan)
    home.bob(planned.plan)
    assert home.send().states == {"confirmed": 1}
    assert len({line.split()[0] for line in home.effects()}) == count
    held = outbox.last_confirmed(home.store, "2026-03", ["care_today"])
    assert Counter(held["key"]).most_common(1)[0][1] == 1


def test_an_earlier_month_does_not_bring_back_old_care(home: House) -> None:
    """Once February is calculated, January no longer plans what holds now, and says with which period it goes."""
    home.signed()
    home.send()
    plan_february(home)
    planned = home.plan()
    (held,) = planned.held
    assert (held.code, held.where) == ("W08", "today")
    assert "2026-02" in held.next_step("en")
    assert planned.items.is_empty()


def leaves(home: House) -> None:
    """R1 moves out the day before the month ends; delivered and calculated."""
    from ipvb_bridge.pipeline import pull

    path = home.folder / "input" / "stays.csv"
    lines = path.read_text("utf-8").splitlines()
    at = lines[0].split(",").index("end_date")
    who = lines[0].split(",").index("resident_id")
    cells = [line.split(",") for line in lines]
    for row in cells[1:]:
        if row[who] == "R1" and not row[at]:
            row[at] = "2026-01-30"
    path.write_text("\n".join(",".join(row) for row in cells) + "\n", "utf-8")
    list(pull.pull(home.configuration, home.store, "ecd", streams=["stays"]))
    home.calculate()


def test_who_left_is_withdrawn(home: House) -> None:
    """When a resident has moved out, the item is withdrawn in the other system, once."""
    home.signed()
    home.send()
    leaves(home)
    planned = home.plan()
    assert planned.items.select("key", "action").rows() == [("care_today/R1", "withdrawn")]
    home.signed()
    assert home.send().states == {"confirmed": 1}
    assert home.plan().plan is None


def test_who_left_before_it_was_sent_is_withdrawn(home: House) -> None:
    """Care that is signed for the first time and no longer wanted is planned as withdrawn, by itself. Until two people
    sign that, what they signed stays valid; from then on it never goes out, and nothing is written under its key."""
    first = home.signed()
    leaves(home)
    planned = home.plan()
    assert planned.items.select("key", "action", "before").rows() == [("care_today/R1", "withdrawn", None)]
    assert planned.under_way == first.items - 1
    assert planned.plan is not None
    home.anna(planned.plan)
    assert states(home) == {"waiting": first.items}
    home.bob(planned.plan)
    assert states(home) == {"withdrawn": 1, "waiting": first.items}
    again = home.plan()
    assert (again.plan, again.under_way) == (None, first.items)
    assert home.send().states == {"confirmed": first.items}
    assert not [line for line in home.effects() if line.startswith("care_today/R1 ")]
    assert "care_today/R1" in (home.peer / "asked").read_text("utf-8").splitlines()
    assert home.plan().plan is None


def test_until_the_withdrawal_is_signed_what_was_signed_goes_out(home: House) -> None:
    """Two people signed it: planning alone takes nothing back. What went out meanwhile is withdrawn all the same."""
    first = home.signed()
    leaves(home)
    assert home.plan().items.height == 1
    assert home.send().states == {"confirmed": first.items}
    planned = home.plan()
    assert planned.items.select("key", "action").rows() == [("care_today/R1", "withdrawn")]
    assert planned.items["before"][0] is not None


@pytest.mark.parametrize(("fault", "written"), [("drop before", 0), ("drop after", 2)])
def test_who_left_while_the_answer_was_lost_is_withdrawn(home: House, fault: str, written: int) -> None:
    """Sent without an answer, and then no longer wanted: the other system is asked, and what stands there is withdrawn;
    where nothing stands nothing is written."""
    home.signed()
    home.faults(fault)
    home.send()
    lost = outbox.shown(home.store, only_open=True)
    assert lost["key"].to_list() == ["care_today/R1"]
    assert lost["state"].to_list() == ["sent"]
    leaves(home)
    home.signed()
    assert home.send().states == {"confirmed": 1}
    assert len([line for line in home.effects() if line.startswith("care_today/R1 ")]) == written
    (held,) = outbox.last_confirmed(home.store, "2026-01", ["care_today"]).filter(subject="R1").rows(named=True)
    assert held["withdrawn"] == 1
    assert home.plan().plan is None


def test_a_file_drop_holds_no_file_of_who_left_before_it_was_sent(home: House) -> None:
    """Into a folder nothing is written for a withdrawal of what was never there; what is there is marked withdrawn."""
    home.edit("bridge.toml", 'adapter = "peer"\nsettings = { path = "peer" }', DROP)
    first = home.signed()
    leaves(home)
    home.signed()
    assert home.send().states == {"confirmed": first.items}
    names = sorted(path.name for path in (home.folder / "out").iterdir())
    assert len(names) == first.items - 1
    assert not [name for name in names if "_R1" in name]


def test_what_was_picked_up_is_withdrawn_by_a_file(home: House) -> None:
    """A folder that its reader empties says nothing of what arrived: the withdrawal goes there too, once."""
    home.edit("bridge.toml", 'adapter = "peer"\nsettings = { path = "peer" }', DROP)
    home.signed()
    home.send()
    out = home.folder / "out"
    for each in out.iterdir():
        each.unlink()
    leaves(home)
    home.signed()
    assert home.send().states == {"confirmed": 1}
    (told,) = out.iterdir()
    assert "_R1" in told.name
    assert json.loads(told.read_text("utf-8"))["data"]["withdrawn"] is True
    assert home.plan().plan is None


def test_a_care_file_holds_nothing_of_who_left_before_it_was_sent(home: House) -> None:
    """A FHIR server gets a plan of everybody but the resident who left: not even a revoked one."""
    from ipvb_bridge.demo.systems import fhir

    (home.folder / "token").write_text("t" * 20)
    patients = [{"resourceType": "Patient", "id": f"R{number}"} for number in range(1, 9)]
    with fhir.serve(patients, token="t" * 20) as server:
        settings = f'url = "{server.url}", token = "${{file:token}}", write = ["care_today"]'
        home.edit("bridge.toml", 'adapter = "peer"\nsettings = { path = "peer" }', FHIR.replace("SETTINGS", settings))
        first = home.signed()
        leaves(home)
        home.signed()
        assert home.send().states == {"confirmed": first.items}
        held = [each.body for each in server.memory.current["CarePlan"].values() if each.body is not None]
        assert len(held) == first.items - 1
        assert "Patient/R1" not in {each["subject"]["reference"] for each in held}


def test_who_left_and_came_back_before_anything_was_sent(home: House) -> None:
    """A withdrawal that is signed and not sent gives way to the care that is wanted again; it goes out once."""
    stays = (home.folder / "input" / "stays.csv").read_text("utf-8")
    first = home.signed()
    leaves(home)
    home.signed()
    (home.folder / "input" / "stays.csv").write_text(stays, "utf-8")
    from ipvb_bridge.pipeline import pull

    list(pull.pull(home.configuration, home.store, "ecd", streams=["stays"]))
    home.calculate()
    assert home.plan().items.select("key", "action").rows() == [("care_today/R1", "new")]
    home.signed()
    assert home.send().states == {"confirmed": first.items}
    assert len([line for line in home.effects() if line.startswith("care_today/R1 ")]) == 1


def test_what_failed_and_is_no_longer_wanted_does_not_stay_failed(home: House) -> None:
    """Signatures that ran out leave a message failed; when its resident has left, the next plan withdraws it."""
    first = home.signed()
    home.clock.later(hours=72)
    home.send()
    assert states(home) == {"failed": first.items}
    leaves(home)
    second = home.signed()
    assert second.items == first.items
    assert outbox.first_failed(home.store).is_empty()
    assert home.send().states == {"confirmed": first.items}
    assert not [line for line in home.effects() if line.startswith("care_today/R1 ")]
    assert home.plan().plan is None


def test_a_change_that_failed_and_was_undone_does_not_stay_failed(home: House) -> None:
    """What ran out of its signatures and was undone meanwhile is written once more as it stands there: planned so."""
    home.signed()
    home.send()
    agreements_edit(home, {"G01": {"minutes": "40"}})
    home.signed()
    home.clock.later(hours=72)
    home.send()
    assert outbox.first_failed(home.store)["code"].to_list() == ["W21"]
    agreements_edit(home, {"G01": {"minutes": "35"}})
    assert home.plan().items.select("key", "action").rows() == [("care_today/R1", "changed")]
    home.signed()
    assert home.send().states == {"confirmed": 1}
    assert outbox.first_failed(home.store).is_empty()
    assert home.plan().plan is None


@pytest.mark.parametrize("stands", [False, True])
def test_a_target_that_was_taken_out_leaves_nothing_failed(home: House, stands: bool) -> None:
    """What the other system never offered stays failed until its target is taken out of bridge.toml: then the next plan
    withdraws it, or keeps what stands there, and nothing has to be written."""
    if stands:
        home.signed()
        home.send()
        agreements_edit(home, {"G01": {"minutes": "40"}})
    home.signed()
    home.edit("bridge.toml", 'path = "peer"', 'path = "peer", ready = false')
    effects = len(home.effects())
    home.send()
    assert outbox.first_failed(home.store)["code"].to_list() == ["W22"]
    home.edit("bridge.toml", TARGET, "\n")
    planned = home.plan()
    assert set(planned.items["action"]) == {"changed" if stands else "withdrawn"}
    home.signed()
    sent = home.send()
    assert (set(sent.states), sent.errors) == ({"confirmed"}, [])
    assert outbox.first_failed(home.store).is_empty()
    assert len(home.effects()) == effects
    held = outbox.last_confirmed(home.store, "2026-01", ["care_today"])
    assert set(held["withdrawn"]) == {0 if stands else 1}
    with pytest.raises(ConfigurationError, match="W01"):
        home.plan()


def test_it_goes_out_in_words_and_without_a_month(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The text that goes along has a heading a day part and the team's own words; no month limits it."""
    agreements_edit(
        home,
        {"G01": {"weekdays": "1 3", "per": "", "start_date": "2027-12-01"}, "G04": {"end_date": "2028-02-01"}},
    )
    home.signed()
    render = documents.renderer(home.configuration, home.store, PERIOD)
    sent: dict[str, Any] = {}
    from tests.pipeline import peer

    real = peer.Peer.deliver

    def watched(self: peer.Peer, outgoing: Any) -> Any:
        sent[outgoing.subject] = outgoing
        return real(self, outgoing)

    monkeypatch.setattr(peer.Peer, "deliver", watched)
    delivery.send(home.configuration, home.store, clock=home.clock, render=render)
    going = sent["R1"]
    assert (going.period, going.media_type) == ("", "text/plain")
    lines = going.document.decode().splitlines()
    assert lines[0] == "Ochtend"
    assert "- Wassen en aankleden: maandag, woensdag; 35 minuten; vanaf 1 december 2027" in lines
    assert "- Draaien in de nacht: 2 keer; 10 minuten; 2 medewerkers samen; tot en met 1 februari 2028" in lines
    assert "Deze week of maand (op een dag die met u is of wordt afgesproken)" in lines
    assert "- Wandelen met dochter: 2 keer per week; 45 minuten; familie of bekenden" in lines


def test_signing_older_care_is_refused_when_newer_stands_there(home: House) -> None:
    """A plan of January that waits while February's is delivered can no longer be signed for what February wrote."""
    january = home.kept()
    planned = plan_february(home)
    assert planned.plan is not None
    home.anna(planned.plan)
    home.bob(planned.plan)
    home.send()
    with pytest.raises(SignatureNeeded, match="S21"):
        signing.refuse(home.configuration, home.store, january, home.clock()) or home.anna(january)


def test_the_data_is_whole_numbers_and_text(home: House) -> None:
    """Every value reads back from its JSON as the same text: what is signed is canonical."""
    from ipvb_bridge.base.canonical import canonical

    data = home.plan().items["data"].to_list()
    assert data == [canonical(json.loads(text)) for text in data]
    assert pl.Series(data).n_unique() == len(data)


def test_the_language_travels_along(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """An organisation that speaks English sends English words, and says so to the adapter."""
    from tests.pipeline import peer

    home.edit("bridge.toml", 'language = "nl"', 'language = "en"')
    home.signed()
    sent: dict[str, Any] = {}
    real = peer.Peer.deliver
    monkeypatch.setattr(
        peer.Peer, "deliver", lambda self, going: (sent.update({going.subject: going}), real(self, going))[1]
    )
    render = documents.renderer(home.configuration, home.store, PERIOD)
    delivery.send(home.configuration, home.store, clock=home.clock, render=render)
    assert sent["R1"].language == "en"
    assert sent["R1"].document.decode().startswith("Morning\n")


def test_what_is_held_back_is_told_by_every_door(home: House) -> None:
    """The command publish (as text and as JSON), the cycle and the schedule name what was not planned, and why."""
    import datetime as dt

    from click.testing import CliRunner

    from ipvb_bridge.cli.main import cli
    from ipvb_bridge.schedule import dispatch

    path = home.folder / "bridge.toml"
    text = path.read_text("utf-8")
    text = text.replace('"sqlite:///bridge.db"', f'"sqlite:///{home.store.url.database}"')
    path.write_text(text + '[publish.targets.roster]\nconnection = "peer"\nkind = "roster"\n', "utf-8")
    units = home.folder / "input" / "units.csv"
    lines = units.read_text("utf-8").splitlines(keepends=True)
    units.write_text("".join(line for line in lines if not line.startswith("D2,")), "utf-8")
    run = CliRunner().invoke
    done = run(cli, ["-C", str(home.folder), "cycle", "2026-01"])
    assert done.exit_code == 7
    assert "W06 roster" in done.output
    for form in ("text", "json"):
        shown = run(cli, ["-C", str(home.folder), "publish", "2026-01", "--format", form])
        assert shown.exit_code == 7
        assert "W06" in shown.output
    assert json.loads(shown.stdout)["held"][0]["seen"] == "D2"
    outcome = dispatch.run(home.configuration, home.store, "cycle", dt.datetime(2026, 2, 5, 5, tzinfo=dt.UTC))
    assert (outcome.exit_code, outcome.code) == (7, "W06")
    home.signed()
    home.send()
    again = run(cli, ["-C", str(home.folder), "publish", "2026-01"])
    assert again.exit_code == 6
    assert "W06" in again.output
    assert "nothing to write" in again.output


def test_an_earlier_month_signed_late_does_not_withdraw_newer_care(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """January's plan, not signed before February's was, can no longer be: what was planned last goes out."""
    january = home.kept()
    monkeypatch.setattr(House, "calculate", lambda house: None)  # January keeps its results
    agreements_edit(home, {"G01": {"minutes": "40"}})
    february = plan_february(home).plan
    assert february is not None
    home.anna(february)
    home.bob(february)
    with pytest.raises(SignatureNeeded, match="by a later plan"):
        home.anna(january)
    assert home.send().states == {"confirmed": february.items}
    assert set(outbox.shown(home.store)["plan_id"]) == {february.plan_id}


@pytest.mark.parametrize("signed", [False, True])
def test_what_is_under_way_and_no_longer_wanted_is_taken_back(home: House, signed: bool) -> None:
    """A change that was signed and not sent yet, and then undone, is planned anew: signed, the undone care never goes
    out; unsigned, the next plan still asks for it."""
    home.signed()
    count = home.send().states["confirmed"]
    agreements_edit(home, {"G01": {"minutes": "40"}})
    changed = home.signed()
    agreements_edit(home, {"G01": {"minutes": "35"}})
    planned = home.plan()
    assert planned.items.select("key", "action").rows() == [("care_today/R1", "changed")]
    assert planned.unchanged == count - 1
    if signed:
        assert home.signed().plan_id > changed.plan_id
        assert home.plan().plan is None
    assert home.send().states == {"confirmed": 1}
    again = home.plan()
    assert (again.plan is None) == signed
    assert (again.items.height, again.unchanged) == ((0, count) if signed else (1, count - 1))


def test_words_that_were_not_signed_do_not_go_out(home: House) -> None:
    """The team's own words are read where they are kept: where they are not those that the plan was made with, no text
    is made."""
    plan = home.kept()
    render = documents.renderer(home.configuration, home.store, PERIOD)
    data = care(home.plan())["R1"]
    assert render(plan, "care_today", data) is not None
    _, washing = items(data)["G01"]
    for other in (wanted.words_hash("Douchen"), None):
        washing["description_sha256"] = other
        with pytest.raises(SignatureNeeded, match="description of G01"):
            render(plan, "care_today", data)
