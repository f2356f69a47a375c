"""A feed is asked as often as it likes, and less often while it fails."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.posts.remote.state import State, failed, retry_after, taken, unchanged, vanished

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
EVERY = timedelta(minutes=30)


def headers(**values: str) -> Message:
    message = Message()
    for name, value in values.items():
        message[name.replace("_", "-")] = value
    return message


def wait(state: State) -> timedelta:
    return timedelta(seconds=state.due - NOW.timestamp())


@pytest.mark.parametrize(
    ("fresh_for", "cache", "minutes"),
    [
        (0, "", 30),
        (60 * 90, "", 90),
        (60, "max-age=60", 30),
        (0, "public, Max-Age=7200", 120),
        (0, "s-maxage=7200", 30),
        (60 * 90, "max-age=7200", 120),
        (0, "max-age=999999999", 24 * 60),
        (10**15, "", 24 * 60),
        (0, "max-age=x, no-store", 30),
    ],
)
def test_it_is_left_alone_for_as_long_as_it_asks_but_no_longer_than_a_day(
    fresh_for: int, cache: str, minutes: int
) -> None:
    state = unchanged(State(fresh_for=fresh_for), headers(Cache_Control=cache), EVERY, NOW)
    assert wait(state) == timedelta(minutes=minutes)
    assert state.is_due(NOW) is False
    assert state.is_due(NOW + timedelta(minutes=minutes))


def test_failures_double_the_wait_up_to_a_day_and_a_success_ends_it() -> None:
    state, waits = State(), []
    for _ in range(20):
        state = failed(state, "no", EVERY, NOW)
        waits.append(wait(state))
    assert waits[:3] == [timedelta(hours=1), timedelta(hours=2), timedelta(hours=4)]
    assert waits[-1] == timedelta(days=1)
    again = unchanged(state, headers(), EVERY, NOW)
    assert (again.failures, again.trouble, wait(again)) == (0, "", EVERY)


def test_a_feed_that_is_seldom_asked_is_not_asked_more_often_for_failing() -> None:
    assert wait(failed(State(), "no", timedelta(days=7), NOW)) == timedelta(days=7)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("120", 120),
        ("Mon, 23 Nov 2026 07:00:00 GMT", 3600),
        ("Mon, 23 Nov 2026 05:00:00 GMT", 0),
        ("Mon, 23 Nov 2026 07:00:00 -0000", 3600),
        ("99999999999999999999", 7 * 86400),
        ("soon", 0),
        ("-5", 0),
        ("", 0),
    ],
)
def test_a_server_may_ask_for_patience_in_seconds_or_until_a_date(
    written: str, seconds: int
) -> None:
    assert retry_after(headers(Retry_After=written), NOW) == timedelta(seconds=seconds)


def test_patience_is_longer_than_the_usual_wait_and_no_longer_than_a_week() -> None:
    assert wait(failed(State(), "no", EVERY, NOW, timedelta(hours=5))) == timedelta(hours=5)
    assert wait(failed(State(), "no", EVERY, NOW, timedelta(seconds=1))) == timedelta(hours=1)
    assert wait(failed(State(), "no", EVERY, NOW, timedelta(days=90))) == timedelta(days=7)


def test_what_is_gone_is_not_asked_again() -> None:
    assert not vanished(State(), "gone").is_due(NOW + timedelta(days=1000))


def test_validators_go_back_as_they_came() -> None:
    state = taken(State(), headers(ETag='W/"a b"', Last_Modified="Mon, 23 Nov"), 0, "")
    assert state.question() == {"If-None-Match": 'W/"a b"', "If-Modified-Since": "Mon, 23 Nov"}
    assert taken(state, headers(), 0, "").question() == {}


@pytest.mark.parametrize("etag", ['"a\x00"', '"' + "x" * 501 + '"', '"é中"'])
def test_a_validator_that_would_break_a_header_is_forgotten(etag: str) -> None:
    message = headers()
    message._headers = [("ETag", etag)]  # type: ignore[attr-defined] # as a socket would give it
    assert taken(State(), message, 0, "").question() == {}


def test_the_address_that_it_moved_to_is_the_same_feed_and_any_other_a_new_one() -> None:
    state = taken(State(url="http://a/", known=True), headers(ETag='"1"'), 0, "https://b/")
    assert state.of("http://a/") is state
    assert state.of("https://b/") == State(url="https://b/", etag='"1"', known=True)
    assert state.of("https://c/") == State(url="https://c/")


def test_a_feed_that_fails_where_it_moved_to_is_looked_for_where_it_was() -> None:
    state = State(url="http://a/", address="https://b/")
    for _ in range(3):
        state = failed(state, "no", EVERY, NOW)
        assert state.address == "https://b/"
    assert failed(state, "no", EVERY, NOW).address == ""


@given(st.builds(State))
def test_a_state_is_stored_whole(state: State) -> None:
    assert State.from_json(state.to_json()) == state
