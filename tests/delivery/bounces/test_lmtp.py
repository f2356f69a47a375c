"""A mail server hands mail over by LMTP: taken is safe, and what isn't safe isn't taken."""

from __future__ import annotations

import smtplib
from typing import TYPE_CHECKING

import pytest

from syndicate.delivery.bounces import lmtp
from syndicate.delivery.bounces.model import Kind
from syndicate.delivery.bounces.store import Done
from syndicate.errors import SettingsError, StoreError
from syndicate.subscribers.model import Status
from tests.delivery.bounces.conftest import BASE, LEAVE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.delivery.bounces.conftest import Mailed

OTHER = "bounces+x@blog.example"


@pytest.fixture
def socket(tmp_path: Path) -> Path:
    return tmp_path / "lmtp"


@pytest.fixture
def client(mailed: Mailed, socket: Path) -> Iterator[smtplib.LMTP]:
    """A mail server that is connected to ours."""
    with (
        lmtp.listening(f"unix:{socket}", mailed.app.bounces.take, (BASE, LEAVE)),
        smtplib.LMTP(str(socket)) as found,
    ):
        found.ehlo_or_helo_if_needed()
        yield found


def test_a_bounce_goes_from_the_socket_to_the_suppression_list(
    client: smtplib.LMTP, mailed: Mailed
) -> None:
    assert client.sendmail("", [mailed.sender], mailed.bounce()) == {}
    assert mailed.reader.status is Status.SUPPRESSED
    assert mailed.app.bounces.record.counts() == {(Kind.HARD, Done.SUPPRESSED): 1}


def test_each_address_of_a_mail_has_its_own_answer(client: smtplib.LMTP, mailed: Mailed) -> None:
    client.mail("")
    client.rcpt(mailed.sender)
    client.rcpt(OTHER)
    code, said = client.data(mailed.bounce())
    assert (code, said) == (250, b"2.0.0 Taken")
    assert client.getreply() == (250, b"2.0.0 Taken")
    assert client.noop()[0] == 250
    counts = mailed.app.bounces.record.counts()
    # The second is known by the message that came back, too, and does no further harm.
    assert sum(counts.values()) == 2


def test_mail_to_others_is_refused(client: smtplib.LMTP) -> None:
    client.mail("")
    assert client.rcpt("somebody@blog.example")[0] == 550
    assert client.rcpt("BOUNCES@BLOG.EXAMPLE")[0] == 250


def test_lines_of_any_length_are_taken(client: smtplib.LMTP, mailed: Mailed) -> None:
    long = mailed.bounce() + b"x" * 200_000 + b"\r\n"
    assert client.sendmail("", [mailed.sender], long) == {}
    assert mailed.reader.status is Status.SUPPRESSED


def test_what_is_far_too_large_is_taken_and_read_to_a_point(
    client: smtplib.LMTP, mailed: Mailed
) -> None:
    large = mailed.bounce() + (b"x" * 900 + b"\r\n") * 3_000
    assert client.sendmail("", [mailed.sender], large) == {}
    assert mailed.reader.status is Status.SUPPRESSED


@pytest.mark.parametrize("error", [StoreError("Redis is away"), RuntimeError("a fault of ours")])
def test_what_cant_be_kept_now_stays_with_the_mail_server(
    mailed: Mailed, socket: Path, error: Exception
) -> None:
    def take(*_: object) -> None:
        raise error

    with (
        lmtp.listening(f"unix:{socket}", take, (BASE,)),
        smtplib.LMTP(str(socket)) as client,
    ):
        with pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail("", [mailed.sender], mailed.bounce())
        assert refused.value.smtp_code == 451
    assert mailed.reader.status is Status.ACTIVE


def test_it_listens_on_a_port_of_this_machine_too(mailed: Mailed) -> None:
    with lmtp.listening("127.0.0.1:0", mailed.app.bounces.take) as port:
        assert port
        with smtplib.LMTP("127.0.0.1", port) as client:
            assert client.sendmail("", ["anybody@blog.example"], mailed.bounce()) == {}


def test_a_socket_that_a_dead_process_left_is_in_nobodys_way(mailed: Mailed, socket: Path) -> None:
    for _ in range(2):
        with lmtp.listening(f"unix:{socket}", mailed.app.bounces.take):
            (socket.parent / "left").hardlink_to(socket)
        (socket.parent / "left").rename(socket)


def test_a_socket_in_use_is_nobody_elses(mailed: Mailed, socket: Path) -> None:
    with lmtp.listening(f"unix:{socket}", mailed.app.bounces.take):
        with pytest.raises(SettingsError, match="in use"):
            lmtp.listening(f"unix:{socket}", mailed.app.bounces.take).__enter__()
        with smtplib.LMTP(str(socket)) as client:
            assert client.noop()[0] == 250


def test_a_place_that_cant_be_listened_at_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"listen at unix:.*\[bounces\] listen"):
        lmtp.listening(f"unix:{tmp_path}/none/such", print).__enter__()
