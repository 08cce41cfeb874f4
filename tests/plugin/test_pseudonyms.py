"""Keys of people: the same person the same key, another key another person, and no BSN in anything that is said."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipvb_bridge.base.errors import ConfigurationError
from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.core.validation import check
from ipvb_bridge.plugin import messages, pseudonyms
from ipvb_bridge.plugin.adapter import Context
from tests.plugin.test_bsn import INVENTED, passes

KEY = b"0123456789abcdef0123456789abcdef"
of = pseudonyms.keyed(lambda: KEY)


def by_hand(digits: str, key: bytes = KEY) -> str:
    """HMAC-SHA-256 as RFC 2104 writes it down, from plain SHA-256."""
    block = key.ljust(64, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in block) for pad in (0x36, 0x5C))
    whole = hashlib.sha256(outer + hashlib.sha256(inner + digits.encode()).digest()).digest()
    return base64.b32encode(whole[:20]).decode()


def test_the_key_is_the_hmac_of_the_nine_digits() -> None:
    """Whoever has the organisation's key can make the same key of a person with any other tool."""
    assert of("999990019") == by_hand("999990019")
    assert len(of("999990019")) == 32


@given(st.integers(10_000_000, 99_999_900).map(lambda n: next(each for each in range(n, n + 100) if passes(each))))
def test_writing_does_not_matter(bsn: int) -> None:
    """With or without its leading zero, with points or spaces: one person, one key."""
    plain = f"{bsn:09d}"
    assert {of(each) for each in (plain, str(bsn), f"{plain[:4]}.{plain[4:6]}.{plain[6:]}", f" {plain} ")} == {
        by_hand(plain)
    }


@given(st.lists(st.sampled_from(INVENTED), min_size=2, unique=True), st.binary(min_size=32, max_size=32))
def test_other_people_and_other_keys_give_other_pseudonyms(people: list[int], key: bytes) -> None:
    """No two people share one, and under another key nothing is recognised."""
    made = {of(str(each)) for each in people}
    assert len(made) == len(people)
    if key != KEY:
        other = pseudonyms.keyed(lambda: key)
        assert made.isdisjoint({other(str(each)) for each in people})
        assert pseudonyms.mark(other) != pseudonyms.mark(of)


@pytest.mark.parametrize(
    "wrong", ["", "000000000", "123456789", "99999001", "9999900190", "R1", "1234567a9", "٩٩٩٩٩٠٠١٩"]
)
def test_what_is_no_bsn_is_refused_without_showing_it(wrong: str) -> None:
    """Length, eleven test, all zeros, letters, digits of another script: no key, and the value stands nowhere."""
    assert pseudonyms.number(wrong) is None
    with pytest.raises(ValueError, match=r"^no BSN$"):
        of(wrong)


def test_a_column_becomes_keys_that_the_gate_takes() -> None:
    """Each BSN its own key, what is none of them nothing; the keys have the form that the streams demand."""
    values = pl.Series("bsn", [str(INVENTED[0]), None, "x", str(INVENTED[1]), str(INVENTED[0])])
    keys = pseudonyms.person_keys(values, of)
    assert keys.to_list() == [of(str(INVENTED[0])), None, None, of(str(INVENTED[1])), of(str(INVENTED[0]))]
    rows = pl.DataFrame({"resident_id": [str(n) for n in range(5)], "person_key": keys})
    assert check(STREAMS["residents"], rows).held.is_empty()


def test_a_connection_without_a_key_says_so() -> None:
    """An adapter that needs pseudonyms names the setting that asks for them and the section that is missing."""
    with pytest.raises(ConfigurationError) as caught:
        pseudonyms.needed(Context("office", Path()), "settings.bsn_column")
    assert caught.value.message is messages.NO_PSEUDONYM_KEY
    assert caught.value.where == "connections.office"
    assert "[privacy]" in caught.value.next_step("nl")
    assert pseudonyms.needed(Context("office", Path(), pseudonym=of), "x") is of
