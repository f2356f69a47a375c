"""Sign-ups that wait: none is lost, none is taken twice for another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.subscribers import signups as module
from syndicate.subscribers.model import Digest
from syndicate.subscribers.signups import SignUp, Signups

if TYPE_CHECKING:
    from syndicate.store.client import Store

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
TECH = Digest("daily", "tech")
TEXT = st.text(st.characters(codec="utf-8"))


@pytest.fixture
def waiting(store: Store) -> Signups:
    return Signups(store)


def sign_up(address: str = "wanda@mail.example", at: datetime = NOW) -> SignUp:
    return SignUp(address=address, digests=(TECH,), at=at)


def test_what_waits_is_there_until_it_is_ended(waiting: Signups) -> None:
    one = sign_up()
    assert not waiting.is_due(NOW)
    assert waiting.put(one)
    assert waiting.is_due(NOW)
    assert waiting.due(NOW) == waiting.due(NOW) == [one]
    waiting.end(one)
    assert waiting.due(NOW) == []


def test_two_of_the_same_are_two(waiting: Signups) -> None:
    waiting.put(sign_up())
    waiting.put(sign_up())
    assert len(waiting.due(NOW)) == 2


def test_the_longest_waiting_comes_first(waiting: Signups) -> None:
    late, early = sign_up("late@mail.example"), sign_up("early@mail.example", NOW - HOUR)
    waiting.put(late)
    waiting.put(early)
    assert waiting.due(NOW) == [early, late]


def test_what_is_put_off_waits_until_then(waiting: Signups) -> None:
    one = sign_up()
    waiting.put(one)
    waiting.put_off(one, NOW + HOUR)
    assert not waiting.is_due(NOW)
    assert waiting.due(NOW + HOUR) == [one]


def test_what_is_ended_is_not_brought_back(waiting: Signups) -> None:
    one = sign_up()
    waiting.put(one)
    waiting.end(one)
    waiting.put_off(one, NOW)
    assert not waiting.is_due(NOW)


def test_no_more_wait_than_memory_bears(waiting: Signups, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    assert [waiting.put(sign_up()) for _ in range(3)] == [True, True, False]


def test_who_is_erased_is_named_by_none_that_waits(waiting: Signups) -> None:
    for address in ("wanda@mail.example", "Wanda@mail.example", "omar@mail.example"):
        waiting.put(sign_up(address))
    assert waiting.forget("WANDA@mail.example") == 2
    assert [one.address for one in waiting.due(NOW)] == ["omar@mail.example"]


def test_a_text_is_kept_as_it_was_first_read(waiting: Signups) -> None:
    waiting.keep_text("v1", "first")
    waiting.keep_text("v1", "second")
    assert waiting.text("v1") == "first"
    assert waiting.text("v2") == ""


@given(name=TEXT, agent=TEXT, category=TEXT)
def test_a_sign_up_is_read_as_it_was_written(name: str, agent: str, category: str) -> None:
    one = SignUp(
        address="wanda@mail.example",
        digests=(TECH, Digest("weekly", category)),
        at=NOW,
        name=name,
        language="zh-Hans",
        how={"agent": agent},
    )
    assert SignUp.loads(one.dumps()) == one
    assert one.dumps() == SignUp.loads(one.dumps()).dumps()
