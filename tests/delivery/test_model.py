"""What a chunk's worker does next follows from the ledger alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from syndicate.delivery.model import (
    CHUNK,
    RETRIES,
    STRIDE,
    Chunk,
    Outcome,
    State,
    decide,
    deferred,
    is_set,
    unpack,
)

NOW = 1000.0
outcomes = st.builds(
    Outcome,
    state=st.sampled_from(State),
    reply=st.text(max_size=5),
    until=st.sampled_from([0.0, NOW - 1, NOW, NOW + 1]),
    attempts=st.integers(0, 3),
)


@st.composite
def chunks(draw: st.DrawFn) -> Chunk:
    size = draw(st.integers(1, 24))
    bitmap = st.binary(max_size=4)
    found = draw(st.dictionaries(st.integers(0, size - 1), outcomes, max_size=size))
    return Chunk(3, tuple(range(100, 100 + size)), draw(bitmap), draw(bitmap), found)


def is_known(outcome: Outcome | None) -> bool:
    """Whether it is written down already that nobody knows."""
    return outcome is not None and outcome.state is State.UNCERTAIN


def is_final(outcome: Outcome | None) -> bool:
    return outcome is not None and outcome.final


@given(chunks())
def test_nobody_is_sent_to_whose_fate_is_known_or_not_yet_knowable(chunk: Chunk) -> None:
    work = decide(chunk, NOW)
    for place in work.now:
        outcome = chunk.outcomes.get(place)
        assert not is_set(chunk.sent, place)
        assert outcome is None or (not outcome.final and outcome.until <= NOW)
        assert is_known(outcome) or not is_set(chunk.sending, place)


@given(chunks())
def test_nobody_is_forgotten(chunk: Chunk) -> None:
    work = decide(chunk, NOW)
    for place in range(len(chunk.subscribers)):
        outcome = chunk.outcomes.get(place)
        settled = is_set(chunk.sent, place) or (outcome is not None and outcome.final)
        begun = is_set(chunk.sending, place) and not is_known(outcome)
        waits = not settled and not begun and outcome is not None and outcome.until > NOW
        assert (place in work.now) + (place in work.uncertain) + settled + waits == 1
        if waits:
            assert work.later is not None


@given(chunks())
def test_sending_without_sent_is_exactly_the_uncertain_if_nothing_final_is_known(
    chunk: Chunk,
) -> None:
    work = decide(chunk, NOW)
    assert set(work.uncertain) == {
        place
        for place in range(len(chunk.subscribers))
        if is_set(chunk.sending, place)
        and not is_set(chunk.sent, place)
        and not is_known(chunk.outcomes.get(place))
        and not is_final(chunk.outcomes.get(place))
    }


@given(outcomes)
def test_an_outcome_survives_its_keeping(outcome: Outcome) -> None:
    assert Outcome.from_json(outcome.to_json()) == outcome


def test_a_script_may_write_an_outcome_by_its_state_alone() -> None:
    assert Outcome.from_json('{"state":"skipped"}') == Outcome(State.SKIPPED)


@given(st.integers(0, 20), st.floats(0, 1))
def test_pauses_between_tries_grow_and_end_with_the_expiry(attempts: int, jitter: float) -> None:
    before = Outcome(State.DEFERRED, "450 later", 0, attempts)
    found = deferred(before, "451 again", NOW, jitter, expires=NOW + 86400)
    pause = RETRIES[min(attempts, len(RETRIES) - 1)]
    assert found.state is State.DEFERRED
    assert pause <= found.until - NOW <= pause * 1.25
    assert found.attempts == attempts + 1
    late = deferred(before, "451 again", NOW, jitter, expires=NOW + pause - 1)
    assert late.state is State.FAILED
    assert "451 again" in late.reply


def test_a_chunk_begins_on_a_byte_of_the_bitmap() -> None:
    assert STRIDE % 8 == 0
    assert CHUNK <= STRIDE


def test_packed_subscribers_are_little_endian() -> None:
    assert unpack(b"\x01\x00\x00\x00\xff\xff\xff\xff") == (1, 4294967295)
