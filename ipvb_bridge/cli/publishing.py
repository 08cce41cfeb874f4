"""The command publish: the plan of a period, its signatures, and the sending."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ipvb_bridge.cli import output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ipvb_bridge.base.errors import BridgeError
    from ipvb_bridge.base.settings import Configuration
    from ipvb_bridge.pipeline.difference import Change
    from ipvb_bridge.pipeline.planning import Planned
    from ipvb_bridge.store.database import Store
    from ipvb_bridge.store.plans import Plan, Signature

SHOWN = 10
"""Lines of a target and location in the readable difference."""
WAITS = 7
HELD_BACK = 6


def _new_passphrase(context: click.Context, parameter: click.Parameter, given: bool) -> None:
    """Print an argon2id hash and stop: needs no period and no configuration."""
    if not given or context.resilient_parsing:
        return
    from ipvb_bridge.base.errors import UsageError
    from ipvb_bridge.pipeline import passphrases
    from ipvb_bridge.pipeline import publish_messages as messages

    passphrase = _ask("Passphrase (a sentence)", twice=True)
    if len(passphrase) < passphrases.LEAST:
        raise UsageError(messages.SHORT_PASSPHRASE, where="--new-passphrase", least=passphrases.LEAST)
    click.echo(passphrases.hashed(passphrase))
    click.echo('put this line in a file and refer to it: passphrase = "${file:secrets/NAME.argon2}"', err=True)
    context.exit()


@click.command()
@click.argument("period", metavar="PERIOD")
@click.option("--as", "maker", metavar="NAME", help="Who makes the plan; default the user of this machine.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Of the plan."
)
@click.option("--digest", is_flag=True, help="Print only the text to sign with ssh-keygen.")
@click.option("--sign", "signer", metavar="NAME", help="Sign the newest plan as this signer of bridge.toml.")
@click.option(
    "--key", type=click.Path(path_type=Path, dir_okay=False), help="With --sign: the private SSH key to sign with."
)
@click.option(
    "--signature",
    type=click.Path(path_type=Path, dir_okay=False),
    help="With --sign: a signature that ssh-keygen made elsewhere.",
)
@click.option("--send", is_flag=True, help="Send what two people signed.")
@click.option(
    "--new-passphrase",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_new_passphrase,
    help="Ask for a passphrase and print its argon2id hash, to keep in a file.",
)
@click.pass_obj
def publish(
    door: output.Door,
    period: str,
    maker: str | None,
    form: str,
    digest: bool,
    signer: str | None,
    key: Path | None,
    signature: Path | None,
    send: bool,
) -> None:
    """Plan what is written into other systems and show the difference; nothing is sent without --send.

    Two people sign the newest plan, each with an SSH key or a passphrase. Exit code 7: it waits for a signature.

    \b
    ipvb-bridge publish 2026-01                                  look at the plan
    ipvb-bridge publish 2026-01 --sign anna --key ~/.ssh/id_ed25519
    ipvb-bridge publish 2026-01 --sign bob                       asks the passphrase
    ipvb-bridge publish 2026-01 --send
    ipvb-bridge publish 2026-01 --digest > plan.txt              sign elsewhere:
    ssh-keygen -Y sign -n ipvb-bridge-plan -f KEY plan.txt
    ipvb-bridge publish 2026-01 --sign anna --signature plan.txt.sig
    """
    from ipvb_bridge.pipeline import inputs, signing
    from ipvb_bridge.store import plans

    if (key or signature) and not signer:
        raise click.UsageError("--key and --signature go with --sign NAME")
    if key and signature:
        raise click.UsageError("give either --key or --signature")
    configuration = door.configuration()
    span = str(inputs.parse_period(period))
    with door.store(configuration) as store:
        if digest:
            sys.stdout.write(signing.text_to_sign(plans.newest(store, span)))
            return
        code = 0
        if signer:
            code = _sign(configuration, store, plans.newest(store, span), signer, key, signature)
        if send:
            code = _send(configuration, store, span)
        if not signer and not send:
            code = _plan(configuration, store, span, maker, form)
    raise SystemExit(code)


def _plan(configuration: Configuration, store: Store, span: str, maker: str | None, form: str) -> int:
    from ipvb_bridge.pipeline import difference, planning
    from ipvb_bridge.pipeline.inputs import parse_period
    from ipvb_bridge.store import plans

    planned = planning.plan(configuration, store, parse_period(span), maker=maker or output.person())
    plan = planned.plan
    if plan is None or not plan.items:
        if form == "json":
            empty = {"period": span, "plan": None, "unchanged": planned.unchanged, "under_way": planned.under_way}
            click.echo(json.dumps({**empty, "held": _held(planned.held), "items": []}, ensure_ascii=False))
        else:
            click.echo(f"{span}: nothing to write; {planned.unchanged} items stand as they should")
            if planned.under_way:
                click.echo(f"{planned.under_way} signed items are under way: ipvb-bridge publish {span} --send")
            for each in planned.held:
                output.tell(each)
        return HELD_BACK if planned.held else 0
    signed = plans.signatures_of(store, plan)
    if form == "json":
        changes = list(difference.changes(store, plan, planned.items))
        _write_json(plan, signed, planned, changes)
    else:
        first = planned.items.group_by("location", "target", maintain_order=True).head(SHOWN)
        _write_text(plan, signed, planned.under_way, list(difference.changes(store, plan, first)))
        for each in planned.held:
            output.tell(each)
    return WAITS if planned.waits else 0


def _write_text(plan: Plan, signed: list[Signature], under_way: int, changes: list[Change]) -> None:
    click.echo(f"plan {plan.plan_id} for {plan.period}, from version {plan.version}, made by {plan.maker}")
    rows = [
        (str(each["target"]), each["location"] or "-", each["action"], f"{each['items']:,}") for each in plan.summary
    ]
    output.show_rows(("target", "location", "what", "items"), rows, right=("items",))
    groups: dict[tuple[str, str], list[Change]] = {}
    for each in changes:
        groups.setdefault((each.location or "-", each.target), []).append(each)
    whole: Counter[tuple[str, str]] = Counter()
    for row in plan.summary:
        if row["action"] != "unchanged":
            whole[row["location"] or "-", row["target"]] += row["items"]
    for (location, target), inside in sorted(groups.items()):
        click.echo(f"{location}, {target}:")
        for each in inside:
            click.echo(f"  {each.action:<9} {each.line()}")
        if more := whole[location, target] - len(inside):
            click.echo(f"  ... and {more:,} more: ipvb-bridge publish {plan.period} --format json")
    if under_way:
        click.echo(f"{under_way} items of an earlier plan are signed and under way")
    click.echo(f"digest sha256:{plan.digest}")
    names = ", ".join(each.signer for each in signed) or "nobody yet"
    click.echo(f"signed by: {names}; next: ipvb-bridge publish {plan.period} --sign NAME")


def _held(held: Sequence[BridgeError]) -> list[dict[str, str]]:
    """What was not planned, as data: its code, what it is about, why, and the next step."""
    return [{"code": each.code, "seen": each.seen, "why": each.what(), "next": each.next_step()} for each in held]


def _write_json(plan: Plan, signed: list[Signature], planned: Planned, changes: list[Change]) -> None:
    import dataclasses

    whole: dict[str, Any] = {
        "plan": plan.plan_id,
        "period": plan.period,
        "version": plan.version,
        "maker": plan.maker,
        "made_at": plan.made_at,
        "digest": plan.digest,
        "signed_by": [each.signer for each in signed],
        "summary": list(plan.summary),
        "unchanged": planned.unchanged,
        "under_way": planned.under_way,
        "held": _held(planned.held),
        "items": [dataclasses.asdict(each) for each in changes],
    }
    click.echo(json.dumps(whole, ensure_ascii=False, indent=1))


def _sign(
    configuration: Configuration, store: Store, plan: Plan, name: str, key: Path | None, signature: Path | None
) -> int:
    from ipvb_bridge.base.errors import UsageError
    from ipvb_bridge.pipeline import publish_messages as messages
    from ipvb_bridge.pipeline import signing
    from ipvb_bridge.store.plans import NEEDED

    way = signing.way_of(configuration, name)
    if (way == "ssh_key") != (key is not None or signature is not None):
        raise UsageError(messages.OTHER_WAY, where="--sign", seen=name, way=way)
    signing.refuse(configuration, store, plan)
    click.echo(f"plan {plan.plan_id} for {plan.period}: {plan.items:,} items, digest sha256:{plan.digest}", err=True)
    if way == "passphrase":
        valid = signing.with_passphrase(configuration, store, plan, name, _ask(f"Passphrase of {name}"))
    elif signature is not None:
        armored = signature.read_text("utf-8", "replace")
        valid = signing.with_ssh(configuration, store, plan, name, armored)
    else:
        assert key is not None
        valid = signing.with_ssh(configuration, store, plan, name, _made(plan, key))
    click.echo(f"plan {plan.plan_id} for {plan.period}: signed by {', '.join(each.signer for each in valid)}")
    if len(valid) < NEEDED:
        click.echo("it waits for a second person")
        return WAITS
    click.echo(f"next: ipvb-bridge publish {plan.period} --send")
    return 0


def _made(plan: Plan, key: Path) -> str:
    """A signature by a key file; its passphrase is asked for when it has one."""
    from ipvb_bridge.base.errors import CredentialsError
    from ipvb_bridge.pipeline import signing

    try:
        return signing.ssh_signature(plan, key)
    except CredentialsError as error:
        if "password" not in error.seen.lower() and "encrypted" not in error.seen.lower():
            raise
    return signing.ssh_signature(plan, key, _ask(f"Passphrase of {key}"))


def _send(configuration: Configuration, store: Store, span: str) -> int:
    from ipvb_bridge.base.errors import SignatureNeeded
    from ipvb_bridge.pipeline import delivery
    from ipvb_bridge.pipeline import publish_messages as messages
    from ipvb_bridge.pipeline.inputs import parse_period
    from ipvb_bridge.reports import documents
    from ipvb_bridge.store import plans

    sent = delivery.send(
        configuration, store, span, render=documents.renderer(configuration, store, parse_period(span))
    )
    for state, count in sorted(sent.states.items()):
        click.echo(f"{state}: {count:,}")
    for error in sent.errors:
        output.tell(error)
    if sent.errors:
        return sent.errors[0].exit_code
    waiting = plans.plans(store, span)[-1:]
    if waiting and waiting[0].items and (lacking := plans.NEEDED - len(plans.signatures_of(store, waiting[0]))) > 0:
        raise SignatureNeeded(messages.WAITS, where=span, seen=str(waiting[0].plan_id), period=span, missing=lacking)
    if not sent.states:
        click.echo(f"{span}: nothing to send")
    return 0


def _ask(prompt: str, *, twice: bool = False) -> str:
    """Ask without showing it; from a pipe the first line is read."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt(prompt, hide_input=True, confirmation_prompt=twice, err=True))


def show_state(store: Store) -> None:
    """What `state` says of plans and of messages that are not confirmed."""
    import datetime as dt

    from ipvb_bridge.store import outbox, plans

    rows = []
    for each in plans.plans(store):
        made = dt.datetime.fromtimestamp(each.made_at / 1e6, dt.UTC).isoformat(timespec="seconds")
        signed = ", ".join(one.signer for one in plans.signatures_of(store, each)) or "-"
        rows.append((str(each.plan_id), each.period, str(each.version), f"{each.items:,}", each.maker, made, signed))
    if rows:
        output.show_rows(("plan", "period", "version", "items", "maker", "made", "signed by"), rows, "plans")
    counted = outbox.counted(store)
    if counted.height:
        output.show(counted, "outbox")
    waiting = outbox.shown(store, only_open=True)
    told = waiting.filter(waiting["code"] != "").select(
        "connection", "key", "state", "attempts", "code", "text", "next_step"
    )
    if told.height:
        output.show(told.head(50), "not delivered")
        if told.height > 50:
            click.echo(f"... and {told.height - 50} more")


COMMANDS = (publish,)
