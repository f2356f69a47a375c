"""What a request asks for: RFC 9110 §12.4.2, §12.5.3 and §13."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.web.negotiation import Version, accepts_gzip, unchanged, wish

NAMES = (b"if-none-match", b"if-modified-since", b"accept-encoding")
VERSION = Version.of(1_772_452_800_000_000_000, 10, now=2_000_000_000)


@pytest.mark.parametrize(
    ("encodings", "takes"),
    [
        (b"gzip", True),
        (b"GZip", True),
        (b"x-gzip", True),
        (b"deflate, gzip;q=1.0, *;q=0.5", True),
        (b"br;q=1,gzip ; q=0.001", True),
        (b"gzip;Q=0.5", True),
        (b"*", True),
        (b"*;q=0.1", True),
        (b"identity;q=0, *", True),
        (b"identity;q=0.5, gzip;q=0.5", True),
        (b"", False),
        (b"identity", False),
        (b"br, deflate", False),
        (b"gzip;q=0", False),
        (b"gzip;q=0.000", False),
        (b"gzip;q=0, *", False),
        (b"*;q=0", False),
        (b"gzip;q=0.2, identity;q=0.3", False),
        (b"gzippy", False),
        # What isn't written as it should be counts for nothing.
        (b"gzip;q=2", False),
        (b"gzip;q=", False),
        (b"gzip;q=0.1234", False),
        (b"gzip;level=9", False),
        (b"gzip identity", False),
        (b";, ;q=1,, gzip", True),
    ],
)
def test_who_takes_gzip_says_so(encodings: bytes, takes: bool) -> None:
    assert accepts_gzip(encodings) is takes


def test_several_headers_of_a_name_are_one_list() -> None:
    tags = wish([(b"if-none-match", b'"a"'), (b"if-none-match", b"W/" + VERSION.etag)])
    assert unchanged(tags, VERSION)
    codings = wish([(b"accept-encoding", b"br"), (b"accept-encoding", b"gzip")])
    assert accepts_gzip(codings.encodings)


def test_a_version_is_told_by_its_second_and_its_length_as_nginx_does() -> None:
    assert VERSION.etag == b'"69a57bc0-a"'
    assert VERSION.last_modified == b"Mon, 02 Mar 2026 12:00:00 GMT"
    later = Version.of(1_772_452_801_000_000_000, 10, now=2_000_000_000)
    longer = Version.of(1_772_452_800_000_000_000, 11, now=2_000_000_000)
    assert len({VERSION.etag, later.etag, longer.etag}) == 3


@pytest.mark.parametrize(
    "evil", [b'"', b'"a', b'W/"a" ', b",", b"\t", b"a", b"a ", b"gzip;q=0.", b"gzip;q=1,"]
)
def test_a_long_header_is_read_in_linear_time(evil: bytes) -> None:
    begun = process_time()
    for name in NAMES:
        asked = wish([(name, evil * (100_000 // len(evil)))])
        unchanged(asked, VERSION)
        accepts_gzip(asked.encodings)
    assert process_time() - begun < 0.1


@given(st.sampled_from(NAMES), st.binary(max_size=40))
def test_no_header_is_an_error(name: bytes, value: bytes) -> None:
    asked = wish([(name, value)])
    assert unchanged(asked, VERSION) in (True, False)
    assert accepts_gzip(asked.encodings) in (True, False)
