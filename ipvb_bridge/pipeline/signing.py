"""Signing: two people prove who they are over the digest of a plan; the second signature opens the outbox.

A name alone proves nothing: a signer has an SSH key (the signature can be checked again by anyone) or a passphrase
(checked once, here; after that it is as safe as the database it is kept in). The maker of a plan may sign as one of the
two, since the two are never the same person.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ipvb_bridge.base import logging, secrets, toml
from ipvb_bridge.base.canonical import digest
from ipvb_bridge.base.errors import ConfigurationError, CredentialsError, DataError, SignatureNeeded, UsageError
from ipvb_bridge.base.publish_settings import Signer
from ipvb_bridge.base.settings import Configuration
from ipvb_bridge.core.periods import Period
from ipvb_bridge.pipeline import passphrases, results, ssh_signatures
from ipvb_bridge.pipeline import publish_messages as messages
from ipvb_bridge.pipeline.planning import HOUR
from ipvb_bridge.store import messages as store_messages
from ipvb_bridge.store import plans
from ipvb_bridge.store.database import Store, now

if TYPE_CHECKING:
    import polars as pl

Clock = Callable[[], int]
LONGEST_PAUSE = 900
"""Seconds between two tries of a passphrase after many wrong ones."""


def text_to_sign(plan: plans.Plan) -> str:
    """The line that is signed, with its line end: what `publish PERIOD --digest` prints."""
    return f"ipvb-bridge plan {plan.plan_id} {plan.period} sha256:{plan.digest}\n"


def with_passphrase(
    configuration: Configuration, store: Store, plan: plans.Plan, name: str, passphrase: str, clock: Clock = now
) -> list[plans.Signature]:
    """Sign with a passphrase; gives the valid signatures under the plan.

    After a wrong one the next try has to wait: 2, 4, 8 ... seconds, at most 15 minutes. Raises
    :class:`CredentialsError` (W12, W13, W19), :class:`ConfigurationError` (W14) and what :func:`refuse` raises.
    """
    signer = _signer(configuration, name)
    refuse(configuration, store, plan, clock())
    phc = _hash(configuration, name, signer)
    wrong, wait = plans.begin_try(store, name, clock(), pause)
    if wait:
        raise CredentialsError(messages.TOO_SOON, where=name, seen=name, wrong=wrong, wait=-(-wait // 10**6))
    if not passphrases.matches(passphrase, phc):
        logging.get().warning("wrong passphrase", signer=name, plan=plan.plan_id, wrong=wrong + 1)
        seconds = pause(wrong + 1) // 10**6
        raise CredentialsError(messages.WRONG_PASSPHRASE, where=name, seen=name, wait=seconds)
    plans.forget_tries(store, name)
    for each in plans.signatures_of(store, plan):
        other = configuration.bridge.publish.signers.get(each.signer)
        if each.signer == name or other is None or not other.passphrase:
            continue
        if passphrases.matches(passphrase, _hash(configuration, each.signer, other)):
            raise CredentialsError(messages.SAME_PERSON, where=name, seen=name, other=each.signer)
    return _keep(configuration, store, plan, plans.Signature(name, "passphrase", plan.digest, digest(phc), 0, 0), clock)


def with_ssh(
    configuration: Configuration, store: Store, plan: plans.Plan, name: str, armored: str, clock: Clock = now
) -> list[plans.Signature]:
    """Sign with an SSH signature over :func:`text_to_sign`; gives the valid signatures under the plan.

    Raises :class:`CredentialsError` (W15) and what :func:`refuse` raises.
    """
    signer = _signer(configuration, name)
    refuse(configuration, store, plan, clock())
    if signer.ssh_key is None:
        raise UsageError(messages.OTHER_WAY, where=name, seen=name, way="passphrase")
    try:
        ssh_signatures.verify(signer.ssh_key, armored, text_to_sign(plan).encode())
    except ssh_signatures.NotValid as error:
        raise CredentialsError(
            messages.BAD_SIGNATURE, where=name, seen=name, plan=plan.plan_id, period=plan.period, why=str(error)
        ) from None
    return _keep(configuration, store, plan, plans.Signature(name, "ssh", plan.digest, armored, 0, 0), clock)


def ssh_signature(plan: plans.Plan, key_file: Path, passphrase: str | None = None) -> str:
    """Sign with a private key's file, as ssh-keygen would. Raises :class:`CredentialsError` (W16)."""
    try:
        secret = passphrase.encode() if passphrase else None
        return ssh_signatures.sign(key_file.read_bytes(), secret, text_to_sign(plan).encode())
    except OSError as error:
        seen = error.strerror or type(error).__name__
        raise CredentialsError(messages.KEY_UNUSABLE, where=str(key_file), seen=seen) from None
    except ValueError as error:
        raise CredentialsError(messages.KEY_UNUSABLE, where=str(key_file), seen=str(error)) from None


def way_of(configuration: Configuration, name: str) -> str:
    """How a signer signs: ``ssh_key`` or ``passphrase``. Raises :class:`UsageError` (W10) for who is no signer."""
    return "ssh_key" if _signer(configuration, name).ssh_key else "passphrase"


def refuse(configuration: Configuration, store: Store, plan: plans.Plan, moment: int | None = None) -> None:
    """Raise when a plan cannot be signed now.

    :class:`UsageError` W03 (it writes nothing), :class:`SignatureNeeded` W17 (too old) or S21 (there are newer
    results), :class:`DataError` W20 (changed in the database).
    """
    moment = now() if moment is None else moment
    if not plan.items:
        raise UsageError(messages.NOTHING_TO_SIGN, where=plan.period, seen=str(plan.plan_id), period=plan.period)
    hours = configuration.bridge.publish.valid_hours
    if moment >= plan.made_at + hours * HOUR:
        raise SignatureNeeded(
            messages.TOO_OLD, where=plan.period, seen=str(plan.plan_id), period=plan.period, hours=hours
        )
    newest = results.find(store, Period.parse(plan.period))
    if newest.number != plan.version:
        why = f"results have version {newest.number}, the plan is made from version {plan.version}"
        raise SignatureNeeded(
            store_messages.OUTDATED, where=plan.period, seen=str(plan.plan_id), period=plan.period, why=why
        )
    refuse_tampered(plan, plans.items(store, plan))


def refuse_tampered(plan: plans.Plan, items: pl.DataFrame) -> None:
    """Raise :class:`DataError` (W20) when plan or items are not what they were when the plan was made."""
    if changed := plans.broken(plan, items):
        raise DataError(messages.TAMPERED, where=plan.period, seen=changed, period=plan.period)


def valid(configuration: Configuration, plan: plans.Plan, found: Sequence[plans.Signature], moment: int) -> list[str]:
    """The names of those whose signature counts at a moment: checked anew against what bridge.toml says now."""
    counted = []
    for each in found:
        signer = configuration.bridge.publish.signers.get(each.signer)
        if signer is None or each.digest != plan.digest or not each.signed_at <= moment < each.valid_until:
            continue
        if each.method == "ssh" and signer.ssh_key:
            try:
                ssh_signatures.verify(signer.ssh_key, each.proof, text_to_sign(plan).encode())
            except ssh_signatures.NotValid:
                continue
            counted.append(each.signer)
        elif each.method == "passphrase" and signer.passphrase and each.proof == _proof(configuration, each, signer):
            counted.append(each.signer)
    return counted


def _proof(configuration: Configuration, signature: plans.Signature, signer: Signer) -> str:
    return digest(_hash(configuration, signature.signer, signer))


def pause(wrong: int) -> int:
    """Microseconds to wait after so many wrong tries in a row."""
    return min(2**wrong, LONGEST_PAUSE) * 10**6 if wrong else 0


def _keep(
    configuration: Configuration, store: Store, plan: plans.Plan, proved: plans.Signature, clock: Clock
) -> list[plans.Signature]:
    moment = clock()
    until = moment + configuration.bridge.publish.valid_hours * HOUR
    signature = plans.Signature(proved.signer, proved.method, proved.digest, proved.proof, moment, until)
    valid = plans.sign(store, plan, signature, moment)
    logging.get().info("signed", signer=proved.signer, plan=plan.plan_id, period=plan.period, valid=len(valid))
    return valid


def _signer(configuration: Configuration, name: str) -> Signer:
    signers = configuration.bridge.publish.signers
    if name not in signers:
        close = toml.nearest(name, list(signers))
        hint = f" (did you mean {close}?)" if close else ""
        known = ", ".join(signers) or "-"
        raise UsageError(messages.UNKNOWN_SIGNER, where="publish.signers", seen=name, nearest=hint, known=known)
    return signers[name]


def _hash(configuration: Configuration, name: str, signer: Signer) -> str:
    if signer.passphrase is None:
        raise UsageError(messages.OTHER_WAY, where=name, seen=name, way="ssh_key")
    key = f"publish.signers.{name}.passphrase"
    phc = str(secrets.resolve(signer.passphrase, configuration.folder, key)).strip()
    if why := passphrases.refused(phc):
        place = configuration.place("publish", "signers", name, "passphrase")
        raise ConfigurationError(messages.BAD_HASH, where=place, seen=name, why=why)
    return phc
