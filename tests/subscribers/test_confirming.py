"""What a letter names and its link confirms: that, and nothing that somebody asked for later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from syndicate.subscribers import changes
from syndicate.subscribers.confirming import MOST, asked_since, invite, join, missing, named
from syndicate.subscribers.model import Digest, Status, Subscriber
from syndicate.subscribers.tokens import LIFETIMES, Purpose

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
DAY = timedelta(days=1)
VALID = LIFETIMES[Purpose.CONFIRM]
NOBODY = Subscriber(id=1, address="wanda@mail.example", created_at=NOW)
A, B, C, D = (Digest("daily", name) for name in "abcd")
DIGESTS = st.sets(st.sampled_from([A, B, C, D]), min_size=1)


def test_a_letter_names_what_is_asked_for() -> None:
    one = invite(NOBODY, [A, B], NOW)
    assert named(one, NOW) == (A, B)
    assert asked_since(one, NOW) == ()


def test_what_is_asked_for_later_is_in_no_link_that_is_out() -> None:
    one = join(invite(NOBODY, [A], NOW), [A, B], NOW, NOW)
    assert named(one, NOW) == (A,)
    assert asked_since(one, NOW) == (B,)


def test_even_within_the_second_of_the_letter() -> None:
    moment = NOW + timedelta(milliseconds=900)
    one = join(invite(NOBODY, [A], NOW), [B], moment, NOW)
    assert named(one, NOW) == (A,)


def test_the_next_letter_names_all_that_waits_and_the_first_link_still_its_own() -> None:
    one = join(invite(NOBODY, [A], NOW), [B], NOW + DAY / 2, NOW)
    later = NOW + DAY
    one = invite(one, [C], later)
    assert named(one, later) == (A, B, C)
    assert named(one, NOW) == (A,)


def test_what_a_letter_names_outlives_its_link() -> None:
    one = invite(NOBODY, [A], NOW)
    for days in range(1, 20):
        moment = NOW + days * DAY
        awake = changes.wake(one, moment)
        assert awake
        one = invite(awake, [B], moment)
        still = changes.wake(one, moment + VALID)
        assert still
        assert named(still, moment) == (A, B)


def test_what_he_gets_is_not_asked_again() -> None:
    one = changes.confirm(NOBODY, [A], NOW)
    assert missing(one, [A, B]) == (B,)
    assert missing(None, [A, A]) == (A,)
    assert invite(one, [A], NOW) == one
    assert join(one, [A], NOW, NOW) == one


def test_what_he_left_can_be_asked_for_again() -> None:
    one = changes.leave(changes.confirm(NOBODY, [A], NOW), [A], NOW)
    assert named(invite(one, [A], NOW), NOW) == (A,)


def test_a_stranger_fills_no_record() -> None:
    many = [Digest("daily", str(number)) for number in range(3 * MOST)]
    one = join(invite(NOBODY, [A], NOW), many, NOW, NOW)
    assert len(one.having(Status.PENDING)) == MOST


@given(st.lists(st.tuples(st.integers(0, 100_000), DIGESTS, st.booleans()), max_size=12))
def test_a_link_names_just_what_its_letter_named_and_he_has_not_confirmed(
    asked: list[tuple[int, set[Digest], bool]],
) -> None:
    """Whatever is asked for in whatever order, by letters and between them."""
    one, now, letters = NOBODY, NOW, dict[datetime, tuple[Digest, ...]]()
    for seconds, digests, by_letter in asked:
        now += timedelta(seconds=seconds)
        if by_letter or not letters:
            # One letter a second at the most: an address rests for a day.
            now += timedelta(seconds=2)
            one = invite(one, digests, now)
            letters[now] = one.having(Status.PENDING)
        else:
            one = join(one, digests, now, max(letters))
        for stamp, said in letters.items():
            if now < stamp + VALID:
                assert named(one, stamp) == said
