"""One transaction ends in one of four ways, and the error says which."""

from __future__ import annotations

import select
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from syndicate.delivery.smtp import Connection, Relay
from syndicate.delivery.stuffing import stuffed
from syndicate.errors import DeferredError, RefusedError, RelayError, UncertainError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.delivery.conftest import FaultyRelay

MESSAGE = b"Subject: x\r\n\r\n.dot\r\n..dots\r\nend\r\n"
#: What EHLO is answered with: one command after another, or several at once.
STEPS, PIPELINED = "250 plain", "250-many\r\n250 PIPELINING"


def connect(relay: FaultyRelay, final_dot: float = 5, *, dsn: bool = False) -> Connection:
    return Connection(
        Relay("127.0.0.1", relay.port, implicit_tls=False, final_dot=final_dot, dsn=dsn)
    )


def answering(verb: str, answer: str) -> Callable[[str, str], str | None]:
    return lambda asked, _argument: answer if asked == verb else None


@pytest.fixture(params=[STEPS, PIPELINED], ids=["steps", "pipelined"])
def offers(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def say(relay: FaultyRelay, offers: str) -> Callable[..., None]:
    """Has the relay answer as told, and offer what it offers."""

    def tell(**answers: str) -> None:
        said = {"EHLO": offers} | answers
        relay.answer = lambda verb, _argument: said.get(verb)

    tell()
    return tell


def test_what_arrives_is_what_was_sent_dots_and_all(
    relay: FaultyRelay, say: Callable[..., None]
) -> None:
    say()
    with connect(relay) as connection:
        reply = connection.send("a@x.example", "b@y.example", MESSAGE)
        connection.send("a@x.example", "c@y.example", stuffed(MESSAGE))
        assert connection.usable()
    assert reply == "250 2.0.0 fine"
    assert relay.taken == [("b@y.example", MESSAGE), ("c@y.example", MESSAGE)]
    assert relay.connections == 1


@pytest.mark.parametrize("verb", ["RCPT", "DATA", "DOT"])
def test_a_5xx_answer_is_about_the_recipient_and_the_next_may_go(
    relay: FaultyRelay, say: Callable[..., None], verb: str
) -> None:
    # Whoever refused a recipient has nobody to take data for.
    say(
        **{"DATA": "503 5.5.1 nobody", verb: "550 5.1.1 nobody here"}
        | ({"DATA": None} if verb == "DOT" else {})
    )
    with connect(relay) as connection:
        with pytest.raises(RefusedError) as caught:
            connection.send("a@x.example", "b@y.example", MESSAGE)
        assert caught.value.reply == "550 5.1.1 nobody here"
        assert not caught.value.retry
        assert connection.usable()
        say()
        connection.send("a@x.example", "c@y.example", MESSAGE)
    assert relay.recipients() == ["c@y.example"]
    assert relay.connections == 1


@pytest.mark.parametrize("verb", ["RCPT", "DATA", "DOT"])
def test_a_4xx_answer_is_for_later(relay: FaultyRelay, say: Callable[..., None], verb: str) -> None:
    say(
        **{"DATA": "503 5.5.1 nobody", verb: "451 4.7.1 greylisted"}
        | ({"DATA": None} if verb == "DOT" else {})
    )
    with connect(relay) as connection, pytest.raises(DeferredError) as caught:
        connection.send("a@x.example", "b@y.example", MESSAGE)
    assert caught.value.reply == "451 4.7.1 greylisted"
    assert caught.value.retry


def test_data_that_a_relay_waits_for_in_vain_end_with_a_lone_dot(relay: FaultyRelay) -> None:
    """RFC 2920 §3.1: it refused the recipient, but not DATA."""
    said = {"EHLO": PIPELINED, "RCPT": "550 5.1.1 nobody", "DOT": "554 5.5.1 no recipients"}
    relay.answer = lambda verb, _argument: said.get(verb)
    with connect(relay) as connection:
        with pytest.raises(RefusedError, match="refused") as caught:
            connection.send("a@x.example", "b@y.example", MESSAGE)
        assert caught.value.reply == "550 5.1.1 nobody"
        relay.answer = answering("EHLO", PIPELINED)
        connection.send("a@x.example", "c@y.example", MESSAGE)
    assert relay.taken == [("c@y.example", MESSAGE)]


def test_nobody_gets_an_empty_mail_from_a_relay_that_takes_him_but_not_the_sender(
    relay: FaultyRelay,
) -> None:
    said = {"EHLO": PIPELINED, "MAIL": "550 5.7.1 not you"}
    relay.answer = lambda verb, _argument: said.get(verb)
    with connect(relay) as connection, pytest.raises(RelayError):
        connection.send("a@x.example", "b@y.example", MESSAGE)
    assert [message for _, message in relay.taken if not message] in ([], [b""])


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "DOT"])
def test_421_is_the_relays_fault_at_any_command(
    relay: FaultyRelay, say: Callable[..., None], verb: str
) -> None:
    say(**{verb: "421 4.3.2 closing"})
    with connect(relay) as connection:
        with pytest.raises(RelayError) as caught:
            connection.send("a@x.example", "b@y.example", MESSAGE)
        assert caught.value.reply == "421 4.3.2 closing"
        assert not connection.usable()
    assert relay.taken == []


def test_a_refused_sender_is_not_the_recipients_fault(
    relay: FaultyRelay, say: Callable[..., None]
) -> None:
    say(MAIL="550 5.7.1 not you", RCPT="503 5.5.1 no sender", DATA="503 5.5.1 no sender")
    with connect(relay) as connection, pytest.raises(RelayError, match="not you"):
        connection.send("a@x.example", "b@y.example", MESSAGE)


def test_a_message_that_is_too_large_is_the_messages_fault(
    relay: FaultyRelay, say: Callable[..., None]
) -> None:
    nobody = "503 5.5.1 no sender"
    say(MAIL="552 5.3.4 too large", RCPT=nobody, DATA=nobody)
    with connect(relay) as connection, pytest.raises(RefusedError):
        connection.send("a@x.example", "b@y.example", MESSAGE)
    say(EHLO="250-many\r\n250 SIZE 20")
    with connect(relay) as connection:
        with pytest.raises(RefusedError) as caught:
            connection.send("a@x.example", "b@y.example", MESSAGE)
        assert "552 5.3.4" in caught.value.reply
        connection.send("a@x.example", "c@y.example", b"Subject: x\r\n\r\n")
    assert relay.recipients() == ["c@y.example"]


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_relay_that_hangs_up_before_the_dot_has_taken_nothing(
    relay: FaultyRelay, say: Callable[..., None], verb: str
) -> None:
    say(**{verb: "drop"})
    with connect(relay) as connection, pytest.raises(RelayError) as caught:
        connection.send("a@x.example", "b@y.example", MESSAGE)
    assert caught.value.reply == ""


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "DOT"])
@pytest.mark.parametrize("junk", ["hello", "250 fine\r\n250 again", "999 what"])
def test_a_relay_that_talks_nonsense_is_believed_nothing(
    relay: FaultyRelay, say: Callable[..., None], verb: str, junk: str
) -> None:
    say(**{verb: junk})
    error = UncertainError if verb == "DOT" else RelayError
    with connect(relay) as connection:
        if verb == "DOT" and junk.startswith("250"):
            # It was taken; what else it says is nobody's answer.
            connection.send("a@x.example", "b@y.example", MESSAGE)
            error = RelayError
        with pytest.raises(error):
            connection.send("a@x.example", "c@y.example", MESSAGE)
        assert not connection.usable()


def test_what_goes_wrong_before_the_last_byte_is_out_is_not_uncertain() -> None:
    """A relay that reads some of the message and is gone can't have taken it."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take_some() -> None:
            link, _ = server.accept()
            with link, link.makefile("rb") as lines:
                link.sendall(b"220 x\r\n")
                for answer in (b"250 x\r\n", b"250 x\r\n", b"250 x\r\n", b"354 x\r\n"):
                    lines.readline()
                    link.sendall(answer)
                lines.readline()

        serving = threading.Thread(target=take_some)
        serving.start()
        relay = Relay("127.0.0.1", server.getsockname()[1], implicit_tls=False, final_dot=5)
        # More than the buffers between them hold.
        message = b"Subject: x\r\n\r\n" + (b"x" * 70 + b"\r\n") * 200_000
        with Connection(relay) as connection, pytest.raises(RelayError, match="in the message"):
            connection.send("a@x.example", "b@y.example", message)
        serving.join()


def test_the_envelope_says_what_the_relay_wants_to_hear(relay: FaultyRelay) -> None:
    heard: list[str] = []

    def listen(verb: str, argument: str) -> str | None:
        heard.append(f"{verb} {argument}".strip())
        extensions = ("PIPELINING", "SIZE 1000000", "DSN", "8BITMIME", "SMTPUTF8")
        lines = [f"250-{name}" for name in extensions]
        return "\r\n".join(["250-many", *lines, "250 HELP"]) if verb == "EHLO" else None

    relay.answer = listen
    with connect(relay, dsn=True) as connection:
        connection.send("a@x.example", "b+c=d@y.example", MESSAGE)
        connection.send("a@x.example", "б@y.example", MESSAGE)
    size = len(stuffed(MESSAGE))
    assert f"MAIL FROM:<a@x.example> SIZE={size} RET=HDRS" in heard
    assert "RCPT TO:<b+c=d@y.example> NOTIFY=FAILURE ORCPT=rfc822;b+2Bc+3Dd@y.example" in heard
    assert f"MAIL FROM:<a@x.example> SIZE={size} BODY=8BITMIME SMTPUTF8 RET=HDRS" in heard
    assert "RCPT TO:<б@y.example> NOTIFY=FAILURE ORCPT=utf-8;\\x{431}@y.example" in heard


def test_an_address_beyond_ascii_fails_alone_where_the_relay_cant_have_it(
    relay: FaultyRelay, say: Callable[..., None]
) -> None:
    say()
    with connect(relay) as connection:
        with pytest.raises(RefusedError) as caught:
            connection.send("a@x.example", "б@y.example", MESSAGE)
        assert "SMTPUTF8" in caught.value.reply
        connection.send("a@x.example", "c@y.example", MESSAGE)
    assert relay.recipients() == ["c@y.example"]


def test_a_connection_that_the_relay_has_left_is_not_usable(
    relay: FaultyRelay, say: Callable[..., None]
) -> None:
    say(NOOP="drop")
    with connect(relay) as connection:
        assert connection.usable()
        connection._dialogue.say(b"NOOP\r\n", 5)
        select.select([connection._link], [], [], 5)
        assert not connection.usable()


@pytest.mark.parametrize("answer", ["drop", "drop after taking"])
def test_a_relay_that_hangs_up_after_the_dot_leaves_it_uncertain(
    relay: FaultyRelay, say: Callable[..., None], answer: str
) -> None:
    say(DOT=answer)
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
