"""The client goes where it may, and gives up in time."""

from __future__ import annotations

import gzip
import ssl
import threading
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from syndicate.errors import FetchError
from syndicate.net.client import MOST_REDIRECTS, Client
from syndicate.net.target import target
from tests.certificates import self_signed
from tests.servers import Page, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.servers import Server

CLIENT = Client(agent="tester/1 (+https://blog.example)", allow_private=True, seconds=5)


def test_it_says_who_asks_and_what_for(server: Server) -> None:
    server.pages["/feed"] = Page(b"words")
    answer = CLIENT.get(f"{server.url}/feed?a=1&b=é", {"If-None-Match": '"1"'})
    assert (answer.status, answer.body, answer.moved) == (200, b"words", "")
    ((path, headers),) = server.asked
    assert path == "/feed?a=1&b=%C3%A9"
    assert headers["User-Agent"] == "tester/1 (+https://blog.example)"
    assert headers["Host"] == urlsplit(server.url).netloc
    assert headers["If-None-Match"] == '"1"'
    assert headers["Accept-Encoding"] == "gzip"


def test_a_body_comes_unpacked(server: Server) -> None:
    server.pages["/"] = Page(gzip.compress(b"words" * 99), headers={"Content-Encoding": "gzip"})
    assert CLIENT.get(server.url, {}).body == b"words" * 99


def test_a_chunked_body_comes_whole(server: Server) -> None:
    parts = b"5\r\nwords\r\n3\r\n, 2\r\n0\r\n\r\n"
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    server.pages["/"] = Page(raw=lambda write: write(head + parts))
    assert CLIENT.get(server.url, {}).body == b"words, 2"


def test_a_body_that_is_too_large_is_left(server: Server) -> None:
    server.pages["/"] = Page(b"x" * 1001)
    assert replace(CLIENT, max_bytes=1001).get(server.url, {}).body
    with pytest.raises(FetchError, match=r"larger than max_bytes \(1000\)"):
        replace(CLIENT, max_bytes=1000).get(server.url, {})


def test_a_bomb_is_not_unpacked(server: Server) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = packer.compress(bytes(50_000_000)) + packer.flush()
    assert len(bomb) < 60_000
    server.pages["/"] = Page(bomb, headers={"Content-Encoding": "gzip"})
    with pytest.raises(FetchError, match="larger than max_bytes"):
        replace(CLIENT, max_bytes=100_000).get(server.url, {})


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nwords", "broke off after 5 bytes"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nwords", "no HTTP that is"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
            + gzip.compress(b"words", mtime=0)[:-9],
            "broke off",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nwords", "broken gzip"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\nwords", "encoded as 'br'"),
        (b"220 mail.example ESMTP\r\n", "no HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "no HTTP"),
        (b"", "no HTTP"),
    ],
)
def test_what_is_no_whole_answer_is_a_line(server: Server, said: bytes, reason: str) -> None:
    server.pages["/"] = Page(raw=lambda write: write(said))
    with pytest.raises(FetchError, match=reason) as refused:
        CLIENT.get(server.url, {})
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"])
def test_a_server_that_drips_is_left_in_time(server: Server, head: bytes) -> None:
    over = threading.Event()

    def drip(write: Callable[[bytes], object]) -> None:
        write(head or b"HTTP/1.1 200 OK\r\nX: ")
        while not over.wait(0.02):
            try:
                write(b"x")
            except OSError:
                return

    server.pages["/"] = Page(raw=drip)
    try:
        with pytest.raises(FetchError, match=r"127\.0\.0\.1 took longer than 0\.3 s"):
            replace(CLIENT, seconds=0.3).get(server.url, {})
    finally:
        over.set()


# Redirects


def test_where_it_has_moved_for_good_is_told(server: Server) -> None:
    server.pages["/a"] = Page(status=301, headers={"Location": "/b"})
    server.pages["/b"] = Page(status=308, headers={"Location": f"{server.url}/c"})
    server.pages["/c"] = Page(status=302, headers={"Location": "d"})
    server.pages["/d"] = Page(status=301, headers={"Location": "/e"})
    server.pages["/e"] = Page(b"words")
    answer = CLIENT.get(f"{server.url}/a", {})
    assert (answer.body, answer.url) == (b"words", f"{server.url}/e")
    assert answer.moved == f"{server.url}/c"


def test_a_circle_ends(server: Server) -> None:
    server.pages["/"] = Page(status=302, headers={"Location": "/"})
    with pytest.raises(FetchError, match="redirects more than 5 times"):
        CLIENT.get(server.url, {})
    assert len(server.asked) == MOST_REDIRECTS + 1


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://inner.example/", "inner.example is at 169.254.169.254, which is no public"),
        ("http://feed.example:22/", "redirects to port 22 of feed.example"),
        ("file:///etc/passwd", "no absolute http"),
        ("gopher://feed.example/", "no absolute http"),
        ("http://[::1", "no URL"),
    ],
)
def test_a_redirect_is_checked_like_the_first(server: Server, location: str, reason: str) -> None:
    port = urlsplit(server.url).port
    hosts = {"feed.example": ["127.0.0.1"], "inner.example": ["169.254.169.254"]}
    server.pages["/"] = Page(status=302, headers={"Location": location})
    client = replace(CLIENT, lookup=lambda host, _: hosts[host])
    with pytest.raises(FetchError) as refused:
        client.get(f"http://feed.example:{port}/", {})
    assert reason in str(refused.value)
    assert len(server.asked) == 1


def test_it_connects_to_the_address_that_was_checked(server: Server) -> None:
    port, answers = urlsplit(server.url).port, iter([["127.0.0.1"], ["169.254.169.254"]])
    server.pages["/"] = Page(b"words")
    client = replace(CLIENT, lookup=lambda *_: next(answers))
    # A name that no resolver knows: only what was handed in can have led there.
    assert client.get(f"http://rebinding.invalid:{port}/", {}).body == b"words"
    assert next(answers) == ["169.254.169.254"]
    assert server.asked[0][1]["Host"] == f"rebinding.invalid:{port}"


def test_nothing_is_asked_of_an_address_that_may_not_be(server: Server) -> None:
    with pytest.raises(FetchError, match="no public address; if it is in your own network"):
        replace(CLIENT, allow_private=False).get(server.url, {})
    assert server.asked == []


def test_a_host_that_nobody_knows_is_a_line() -> None:
    def find(*_: object) -> list[str]:
        raise OSError(-2, "Name or service not known")

    with pytest.raises(FetchError, match=r"can't reach nowhere\.example: Name or service"):
        replace(CLIENT, lookup=find).get("http://nowhere.example/", {})


# TLS


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Of feed.example, signed by itself."""
    return self_signed(tmp_path / "feed.example.pem", "feed.example")


@pytest.fixture
def secure_port(certificate: Path) -> Iterator[int]:
    """A TLS server with that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with running(context) as server:
        server.pages["/"] = Page(b"words")
        yield urlsplit(server.url).port or 0


@pytest.mark.parametrize(
    ("host", "trusted", "reason"),
    [
        ("feed.example", True, ""),
        ("other.example", True, "the certificate of other.example: Hostname mismatch"),
        ("feed.example", False, "the certificate of feed.example: self-signed certificate"),
    ],
)
def test_the_certificate_has_to_be_that_of_the_name_though_the_address_was_dialled(
    secure_port: int,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
    host: str,
    trusted: bool,
    reason: str,
) -> None:
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    client = replace(CLIENT, lookup=lambda *_: ["127.0.0.1"])
    if not reason:
        assert client.get(f"https://{host}:{secure_port}/", {}).body == b"words"
        return
    with pytest.raises(FetchError) as refused:
        client.get(f"https://{host}:{secure_port}/", {})
    assert reason in str(refused.value)


# URLs


@pytest.mark.parametrize(
    ("url", "host", "path", "said"),
    [
        ("https://a.example", "a.example", "/", "a.example"),
        ("http://a.example:80/x?", "a.example", "/x", "a.example"),
        ("https://a.example:80/", "a.example", "/", "a.example:80"),
        ("https://me:secret@A.example/ä b#c", "a.example", "/%C3%A4%20b", "a.example"),
        ("http://[::1]:8080/?q=1", "::1", "/?q=1", "[::1]:8080"),
        ("https://straße.example/", "xn--strae-oqa.example", "/", "xn--strae-oqa.example"),
    ],
)
def test_a_url_is_taken_apart(url: str, host: str, path: str, said: str) -> None:
    found = target(url)
    assert (found.host, found.path, found.authority) == (host, path, said)
    assert "secret" not in found.url


@pytest.mark.parametrize("url", ["", "feed", "ftp://a.example/", "http://", "http://a:x/", "//a/"])
def test_what_is_no_url_is_a_line(url: str) -> None:
    with pytest.raises(FetchError, match="no absolute http"):
        target(url)
