"""One transaction ends in one of four ways, and the error says which."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from syndicate.delivery.smtp import Connection, Relay
from syndicate.errors import DeferredError, RefusedError, RelayError, UncertainError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.delivery.conftest import FaultyRelay

MESSAGE = b"Subject: x\r\n\r\n.dot\r\n..dots\r\nend\r\n"


def connect(relay: FaultyRelay, final_dot: float = 5) -> Connection:
    return Connection(Relay("127.0.0.1", relay.port, implicit_tls=False, final_dot=final_dot))


def answering(verb: str, answer: str) -> Callable[[str, str], str | None]:
    return lambda asked, _argument: answer if asked == verb else None


def test_what_arrives_is_what_was_sent_dots_and_all(relay: FaultyRelay) -> None:
    with connect(relay) as connection:
        reply = connection.send("a@x.example", "b@y.example", MESSAGE)
        connection.send("a@x.example", "c@y.example", MESSAGE)
    assert reply == "250 2.0.0 fine"
    assert relay.taken == [("b@y.example", MESSAGE), ("c@y.example", MESSAGE)]
    assert relay.connections == 1


@pytest.mark.parametrize("verb", ["RCPT", "DATA", "DOT"])
def test_a_5xx_answer_is_about_the_recipient_and_the_next_may_go(
    relay: FaultyRelay, verb: str
) -> None:
    relay.answer = answering(verb, "550 5.1.1 nobody here")
    with connect(relay) as connection:
        with pytest.raises(RefusedError) as caught:
            connection.send("a@x.example", "b@y.example", MESSAGE)
        assert caught.value.reply == "550 5.1.1 nobody here"
        assert not caught.value.retry
        relay.answer = lambda _verb, _argument: None
        connection.send("a@x.example", "c@y.example", MESSAGE)
    assert relay.recipients() == ["c@y.example"]


@pytest.mark.parametrize("verb", ["RCPT", "DATA", "DOT"])
def test_a_4xx_answer_is_for_later(relay: FaultyRelay, verb: str) -> None:
    relay.answer = answering(verb, "451 4.7.1 greylisted")
    with connect(relay) as connection, pytest.raises(DeferredError) as caught:
        connection.send("a@x.example", "b@y.example", MESSAGE)
    assert caught.value.reply == "451 4.7.1 greylisted"
    assert caught.value.retry


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "DOT"])
def test_421_is_the_relays_fault_at_any_command(relay: FaultyRelay, verb: str) -> None:
    relay.answer = answering(verb, "421 4.3.2 closing")
    with connect(relay) as connection, pytest.raises(RelayError):
        connection.send("a@x.example", "b@y.example", MESSAGE)
    assert relay.taken == []


def test_a_refused_sender_is_not_the_recipients_fault(relay: FaultyRelay) -> None:
    relay.answer = answering("MAIL", "550 5.7.1 not you")
    with connect(relay) as connection, pytest.raises(RelayError, match="not you"):
        connection.send("a@x.example", "b@y.example", MESSAGE)


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_relay_that_hangs_up_before_the_dot_has_taken_nothing(
    relay: FaultyRelay, verb: str
) -> None:
    relay.answer = answering(verb, "drop")
    with connect(relay) as connection, pytest.raises(RelayError):
        connection.send("a@x.example", "b@y.example", MESSAGE)


@pytest.mark.parametrize("answer", ["drop", "drop after taking"])
def test_a_relay_that_hangs_up_after_the_dot_leaves_it_uncertain(
    relay: FaultyRelay, answer: str
) -> None:
    relay.answer = answering("DOT", answer)
    with connect(relay) as connection, pytest.raises(UncertainError):
        connection.send("a@x.example", "b@y.example", MESSAGE)


def test_a_relay_that_thinks_too_long_over_the_dot_leaves_it_uncertain(
    relay: FaultyRelay,
) -> None:
    answered = threading.Event()

    def think(_recipient: str) -> None:
        answered.wait(30)

    relay.at_dot = think
    with connect(relay, final_dot=0.2) as connection, pytest.raises(UncertainError):
        connection.send("a@x.example", "b@y.example", MESSAGE)
    answered.set()


def test_a_relay_that_is_not_there_is_named_with_a_remedy(relay: FaultyRelay) -> None:
    relay.answer = answering("CONNECT", "554 go away")
    with pytest.raises(RelayError, match="554 go away"):
        connect(relay)
    with pytest.raises(RelayError, match=r"127\.0\.0\.1:1.*\[mail\] relay"):
        Connection(Relay("127.0.0.1", 1, implicit_tls=False))


def test_mail_leaves_this_machine_with_tls_or_not_at_all() -> None:
    assert Relay.parse("smtp://127.0.0.1:2525", "", 600).local
    assert Relay.parse("smtp://localhost", "", 600).local
    assert not Relay.parse("smtp://mail.example", "", 600).local
    assert Relay.parse("smtps://me%40here@mail.example", "", 600) == Relay(
        "mail.example", 465, implicit_tls=True, user="me@here"
    )


def test_a_foreign_relay_without_starttls_gets_nothing(
    relay: FaultyRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Relay, "local", property(lambda _self: False))
    with pytest.raises(RelayError, match="STARTTLS"):
        connect(relay)
    assert relay.taken == []
