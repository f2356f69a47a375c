"""What a mail that came back means, whoever wrote it and however badly."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.delivery.bounces.classify import classify
from syndicate.delivery.bounces.mime import MOST_BYTES
from syndicate.delivery.bounces.model import LONGEST_REPLY, Kind, Verdict
from tests.delivery.bounces.corpus import CASES, Case
from tests.delivery.bounces.shapes import ORIGINAL, READER, dsn, failed, mail, report, status


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_mail_that_came_back_means(case: Case) -> None:
    found = classify(case.message)
    assert (found.kind, found.status, found.recipient) == case[2:]


def test_the_corpus_is_large_and_has_every_kind() -> None:
    assert len(CASES) >= 60
    assert {case.kind for case in CASES} == set(Kind)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_it_means_the_same_with_other_ends_of_lines_and_in_an_mbox(case: Case) -> None:
    usual = classify(case.message)
    lines = case.message.replace(b"\r\n", b"\n")
    assert classify(lines.replace(b"\n", b"\r\n")) == usual
    if case.message:
        assert classify(b"From MAILER-DAEMON Mon Nov 23 06:00:00 2026\n" + case.message) == usual


def test_what_came_back_is_known_by_its_header() -> None:
    original = classify(dsn("5.1.1", "550 5.1.1 unknown")).original
    assert original.message_id == "<5f1d0c0ffee0c0ffee0c0ffee0c0ffee@news.example>"
    assert original.unsubscribe == "<https://news.example/u/token>"
    assert original.to == READER


def test_it_is_known_too_where_the_text_quotes_it() -> None:
    text = f"550 5.1.1 <{READER}> unknown\n\n--- Below this line is a copy of the message.\n\n"
    assert classify(mail(text + ORIGINAL)).original.message_id.startswith("<5f1d0c0ffee")


def test_the_reply_is_one_line_of_bounded_length() -> None:
    found = classify(dsn("5.1.1", "550 5.1.1 unknown\n " + "far too long " * 100))
    assert found.diagnostic.startswith("550 5.1.1 unknown far too long")
    assert len(found.diagnostic) == LONGEST_REPLY
    assert "\n" not in found.diagnostic


def test_what_is_behind_the_first_megabyte_is_not_read() -> None:
    late = mail("x" * MOST_BYTES + "\n550 5.1.1 no such user")
    assert classify(late).kind is Kind.UNKNOWN


def test_addresses_that_it_came_to_are_all_named() -> None:
    message = b"Delivered-To: one@a.example\nX-Original-To: <two@a.example>\n" + mail("hello")
    assert classify(message).addressed == ("one@a.example", "two@a.example", "bounces@news.example")


PIECES = st.sampled_from(
    [
        *(b"\n", b"\r\n", b"\n\n", b"--=_edge", b"--=_edge--", b":", b" ", b"\x00", b"\xff", b"=?"),
        b'Content-Type: multipart/report; boundary="=_edge"\n\n',
        *(b"Content-Type: message/delivery-status\n\n", b"Content-Type: message/rfc822\n\n"),
        *(b"Content-Type: message/feedback-report\n\n", b"Content-Type: text/html\n\n"),
        *(b"Content-Transfer-Encoding: base64\n", b"Content-Type: text/plain; charset=utf-16\n\n"),
        *(b"Final-Recipient: utf-8; \\x{110000}\\x{D800}@b\n", b"Action: failed\n", b"Status: 5."),
        *(b"From: MAILER-DAEMON@x\n", b"Subject: =?gb2312?B?////?=\n", b"550 5.1.1 a@b\n"),
        *(b"Hi. This is the qmail-send program\n", b"<a@b>:\n", b"From:\n", b"To: a@b, <c@d>\n"),
        *(b"Content-Type: text/plain; charset=zip\n\n", b"X-Failed-Recipients: \n"),
    ]
)


@given(st.one_of(st.binary(), st.lists(PIECES | st.binary(max_size=8), max_size=30).map(b"".join)))
def test_any_bytes_have_a_verdict(message: bytes) -> None:
    found = classify(message)
    assert isinstance(found, Verdict)
    assert "\n" not in found.diagnostic + found.recipient + found.status


@given(st.sampled_from(CASES), st.data())
def test_a_mail_cut_off_or_broken_anywhere_has_a_verdict(case: Case, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(case.message)))
    classify(case.message[:at])
    classify(case.message[:at] + data.draw(st.binary(max_size=3)) + case.message[at:])


def _nested(many: int) -> bytes:
    parts = (f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(many))
    return "".join(parts).encode()


def _bushy() -> bytes:
    inner = b"--a\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 48 + b"--b--\n"
    return b"Content-Type: multipart/mixed; boundary=a\n\n" + inner * 300


_SERVER = b"From: MAILER-DAEMON@x.example\n\n"
_STATUS = b"Content-Type: message/delivery-status\n\n"
HOSTILE = {
    "parts in parts": _nested(2000),
    "lines in parts in parts": _nested(250) + b"x\n" * 50_000,
    "parts of parts": _bushy(),
    "boundaries": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n" * 25_000,
    "messages in messages": b"Content-Type: message/rfc822\n\n" * 3_500,
    "parameters": b"Content-Type: multipart/mixed; " + b";;" * 50_000 + b"\n\n",
    "quotes": b"Content-Type: multipart/mixed; " + b'a="' * 33_000 + b"\n\n",
    "folds": b"X: a\n" + b" y\n" * 33_000,
    "fields": b"a:b\n" * 25_000,
    "words": b"Subject: " + b"=?utf-8?q?" * 10_000,
    "addresses": b"To: " + b"a@b," * 25_000,
    "ats": _SERVER + b"a@" * 50_000,
    "no blanks": _SERVER + b"a" * 100_000,
    "brackets": _SERVER + b"<" * 100_000,
    "tags": b"Content-Type: text/html\n\n" + b"<" * 100_000,
    "entities": b"Content-Type: text/html\n\n" + b"&lt" * 33_000,
    "blanks": _STATUS + b"\n \t" * 33_000,
    "recipients": _STATUS + b"Final-Recipient: rfc822; a\n" * 4_000,
    "codes": _SERVER + b"550 5.1." * 12_500,
    "dots": _SERVER + b"5.1.1.1." * 12_500,
    "hashes": _SERVER + b"#( " * 33_000,
    "qmail": _SERVER + b"Hi. This is the qmail-send program at x\n\n" + (b"<" * 299 + b"\n") * 330,
    "a gateway": _SERVER + b"could not be delivered to\n" + (b"a@" * 149 + b"\n") * 330,
    "quoted-printable": b"Content-Transfer-Encoding: quoted-printable\n\n" + b"=" * 100_000,
    "ids": _SERVER + b"message-id: " + b"<a@" * 30_000,
}


@pytest.mark.parametrize("message", HOSTILE.values(), ids=HOSTILE)
def test_100_kb_that_somebody_made_for_it_take_no_time(message: bytes) -> None:
    before = time.process_time()
    classify(message)
    assert time.process_time() - before < 0.1


def test_a_report_with_thousands_of_addresses_is_read_of_some() -> None:
    blocks = [failed("5.1.1", "550 5.1.1 unknown", f"r{n}@a.example") for n in range(2_000)]
    assert classify(report(status(*blocks))).kind is Kind.HARD
