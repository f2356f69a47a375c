"""What an address is, and what a digest is called."""

from __future__ import annotations

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.errors import AddressError
from syndicate.subscribers.address import lookup_key, parse_address
from syndicate.subscribers.model import Digest


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("reader@mail.example", "reader@mail.example"),
        ("  reader@mail.example\n", "reader@mail.example"),
        ("Reader@MAIL.Example", "Reader@mail.example"),
        ("a+b.c-d_e'f@mail.example", "a+b.c-d_e'f@mail.example"),
        ("lan@例子.中国", "lan@例子.中国"),
        ("lan@xn--fsqu00a.xn--fiqs8s", "lan@例子.中国"),
        ("lan@例子。中国", "lan@例子.中国"),
        ("lan@BÜCHER.example", "lan@bücher.example"),
        ("lan@straße.example", "lan@straße.example"),
    ],
)
def test_an_address_is_shown_as_written_its_domain_in_one_form(text: str, shown: str) -> None:
    assert parse_address(text) == shown
    assert parse_address(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        *("", "reader", "@mail.example", "reader@", "reader@localhost", "a@b@mail.example"),
        *("a b@mail.example", "a..b@mail.example", ".a@mail.example", "reader@-mail.example"),
        *("Name <reader@mail.example>", "<reader@mail.example>", "a@mail.example,b@mail.example"),
        *('"a b"@mail.example', "reader@[127.0.0.1]", "a\x00@mail.example", "a@mail.exa\x7fmple"),
        *("a\r\nBcc: b@mail.example", "a@mail.example\r\nBcc: b@mail.example", "a\u2028@b.example"),
        *("müller@mail.example", "读者@mail.example", "a@mail\u00ad.example", "a\u200b@b.example"),
        *(f"{'a' * 65}@mail.example", f"a@{'b' * 64}.example", f"a@{'b.' * 130}example"),
    ],
)
def test_what_is_no_address_or_no_relay_takes_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(AddressError, match="is no mail address: ") as refused:
        parse_address(text)
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("text", ["a" * 100_000, "a@" + "b." * 50_000, "@" * 100_000, "ü" * 50_000])
def test_a_very_long_text_is_refused_at_once_and_not_repeated(text: str) -> None:
    began = perf_counter()
    with pytest.raises(AddressError) as refused:
        parse_address(text)
    assert perf_counter() - began < 0.5
    assert len(str(refused.value)) < 600


def test_addresses_are_compared_without_case() -> None:
    one, two = parse_address("Reader@Mail.Example"), parse_address("reader@mail.example")
    assert one != two
    assert lookup_key(one) == lookup_key(two)


def test_two_domains_that_differ_in_more_than_case_are_two() -> None:
    assert lookup_key("a@straße.example") != lookup_key("a@strasse.example")


@given(st.from_regex(r"[a-z][a-z0-9-]{0,31}", fullmatch=True), st.text(min_size=1))
def test_a_digests_name_can_be_read_back_whatever_its_category(cadence: str, name: str) -> None:
    digest = Digest(cadence, name)
    assert Digest.parse(str(digest)) == digest
