from __future__ import annotations

from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.digests.headers import ascii_address, mailbox, phrase, raw, unstructured
from syndicate.errors import AddressError, MessageError

SAFE = st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])
TEXTS = st.one_of(
    st.text(SAFE, min_size=1, max_size=150),
    st.text(st.sampled_from('澜江财经，👩‍👩‍👧مرحبا ab=?_"\\(),<>@'), min_size=1, max_size=150),
)


def _unfolded(field: bytes) -> str:
    """A field's value as a reader sees it, by a decoder that isn't ours."""
    message = message_from_bytes(field + b"\r\n", policy=default)
    assert len(message.keys()) == 1
    return str(message[message.keys()[0]])


def _check_lines(field: bytes, longest: int = 76) -> None:
    assert field.isascii()
    assert field.endswith(b"\r\n")
    for line in field.removesuffix(b"\r\n").split(b"\r\n"):
        assert len(line) <= longest
        assert line.strip()
        assert b"\r" not in line
        assert b"\n" not in line
        for word in line.split():
            assert not word.startswith(b"=?") or len(word) <= 75


@given(TEXTS)
def test_any_subject_comes_back_as_it_was(subject: str) -> None:
    field = unstructured("Subject", subject)
    _check_lines(field)
    assert _unfolded(field) == subject


@given(TEXTS)
def test_no_encoded_word_splits_a_character(subject: str) -> None:
    from base64 import b64decode  # noqa: PLC0415 - for this law only
    from re import findall  # noqa: PLC0415

    for code in findall(rb"=\?utf-8\?b\?([^?]*)\?=", unstructured("Subject", "é" + subject)):
        b64decode(code).decode()


@pytest.mark.slow
@given(TEXTS)
def test_any_display_name_comes_back_as_it_was(name: str) -> None:
    field = phrase("From", name, "news@finance.example")
    _check_lines(field)
    message = message_from_bytes(field + b"\r\n", policy=default)
    (address,) = message["From"].addresses
    assert address.addr_spec == "news@finance.example"
    # RFC 2047 §6.2 drops the blank between encoded-words; Python's parser keeps it in a phrase.
    assert "".join(address.display_name.split()) == "".join(name.split())


def test_a_plain_subject_stays_readable() -> None:
    assert unstructured("Subject", "Career in Tech, No. 8") == b"Subject: Career in Tech, No. 8\r\n"


def test_a_subject_that_looks_encoded_is_encoded() -> None:
    assert _unfolded(unstructured("Subject", "=?utf-8?q?x?=")) == "=?utf-8?q?x?="


def test_a_long_token_is_raw() -> None:
    token = "x" * 200
    assert raw("Feedback-ID", token) == f"Feedback-ID: {token}\r\n".encode()


@pytest.mark.parametrize(
    "evil", ["a\r\nBcc: x", "a\nb", "a\rb", "a\0b", "a\x7fb", "a\x85b", "a\u2028b"]
)
def test_what_could_end_a_header_is_refused(evil: str) -> None:
    for write in (raw, unstructured, mailbox):
        with pytest.raises(MessageError):
            write("X", evil)
    with pytest.raises(MessageError):
        phrase("X", evil, "a@b.example")


def test_a_line_longer_than_998_octets_is_refused() -> None:
    with pytest.raises(MessageError, match="998"):
        raw("X", "x" * 998)


def test_a_mailbox_is_read_as_people_write_it() -> None:
    assert mailbox("From", "news@a.example") == b"From: <news@a.example>\r\n"
    assert mailbox("From", '"A, \\"B\\"" <n@a.example>') == b'From: "A, \\"B\\"" <n@a.example>\r\n'
    assert b"=?utf-8?b?" in mailbox("From", "澜江财经 <n@a.example>")
    with pytest.raises(MessageError, match="From"):
        mailbox("From", "no address")


def test_domains_go_out_as_a_labels_of_uts_46() -> None:
    assert ascii_address("u@例子.example") == "u@xn--fsqu00a.example"
    # IDNA 2003 would make another domain of it: strasse.example.
    assert ascii_address("u@straße.example") == "u@xn--strae-oqa.example"


@pytest.mark.parametrize(
    "address",
    [
        "用户@mailbox.example",
        "no-at.example",
        "a@b@c.example",
        "a b@c.example",
        "a@c.example\r\nRCPT TO:<x@y.example>",
        "<a@c.example>",
        "a..b@c.example",
        "a" * 65 + "@c.example",
        "a@" + "c" * 64 + ".example",
        "a@" + "c." * 127 + "example",
        "",
    ],
)
def test_what_smtp_could_not_carry_is_refused(address: str) -> None:
    with pytest.raises(AddressError):
        ascii_address(address)
