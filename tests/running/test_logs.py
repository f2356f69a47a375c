"""No log holds the token of a link or the address of a person, whoever wrote the line."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.running.redaction import ADDRESS, TOKEN, redacted
from syndicate.settings import SITE_VARIABLE
from syndicate.settings.key import Key
from syndicate.subscribers.tokens import PAGES, Claim, link, sign

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syndicate.app import App

READER = "lan.reader@mailbox.example"
claims = st.builds(Claim, st.sampled_from(list(PAGES)), st.integers(1, 9), st.integers(0, 9))
#: What stands around them in texts.
around = st.sampled_from(["", " ", "'", "<", ">", "(", ")", ":", "\n", "said ", "'s", ",)"])
atoms = st.from_regex(r"\A[a-z0-9!#$&'*+/=?^_`{|}~%-]{1,20}\Z")
words = st.lists(atoms, min_size=1, max_size=3).map(".".join)
domains = st.sampled_from(["mail.example", "例子.example", "例子。公司", "a.b.c.example"])


# What is taken out


@given(claims, st.sampled_from(["https://n.example", "", "http://127.0.0.1:8000"]), around)
def test_no_token_is_left_of_a_link(claim: Claim, web: str, after: str) -> None:
    key = Key(b"k" * 32)
    said = redacted(f"GET {link(web, key, claim)}{after} HTTP/1.1")
    assert sign(key, claim)[:20] not in said
    assert TOKEN in said
    assert said.startswith("GET ")
    assert said.endswith(" HTTP/1.1")


@given(words, domains, around, around, st.sampled_from(["@", "%40"]))
def test_no_address_is_left_of_a_text(
    local: str, domain: str, before: str, after: str, at: str
) -> None:
    said = redacted(f"{before}{local}{at}{domain}{after} rest")
    assert ADDRESS in said
    assert domain not in said
    assert f"{local[-3:]}{at}" not in said
    assert said.endswith(" rest")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"550 5.1.1 <{READER}>: no such user", f"550 5.1.1 <{ADDRESS}>: no such user"),
        (f"('{READER}',)", f"({ADDRESS},)"),
        (f"a@{READER}", ADDRESS),
        (f"/x?next=%2Fu%2f{'A' * 35}", f"/x?next=%2Fu%2f{TOKEN}"),
    ],
)
def test_what_is_around_them_stays(text: str, left: str) -> None:
    assert redacted(text) == left


@pytest.mark.parametrize(
    "text",
    [
        *("", "celery@vm1 ready.", "@", "a@", "@b.example", "12 % of 40", "@media (dark)"),
        *("GET /editions/7", "/u/", "_posts/move/2026-11-20-one.md", "/help/u", "5 @ 3.50"),
    ],
)
def test_what_is_neither_stays(text: str) -> None:
    assert redacted(text) == text


@pytest.mark.parametrize(
    "evil",
    ["a", "@", "a@", "a@b", "a.", "%", "%40", "a%40", "/u/", "/u", "%2Fu", "a@b.", "@a ", "a@b:"],
)
def test_an_adversarial_text_takes_no_longer_than_others(evil: str) -> None:
    text = evil * (100_000 // len(evil))
    start = time.process_time()
    redacted(text)
    assert time.process_time() - start < 0.5


# What processes say


@contextmanager
def saying(*argv: str, site: Path) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """A process of the site, and what it said once the block has ended."""
    process = subprocess.Popen(
        [sys.executable, *argv],
        env=os.environ | {SITE_VARIABLE: str(site)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said: list[str] = []
    try:
        yield process, said
    finally:
        process.terminate()
        said += (process.communicate(timeout=60)[0] or "").splitlines()


def ready(url: str) -> None:
    """Wait until something answers there."""
    end = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - our own server
        except urllib.error.URLError:
            assert time.monotonic() < end
        else:
            return


@pytest.mark.slow
def test_the_access_log_names_pages_and_no_links(app: App, site: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with (site / "syndicate.toml").open("a") as file:
        file.write(f"\n[web]\nport = {port}\n")
    web = f"http://127.0.0.1:{port}"
    tokens = {page: sign(app.key, Claim(page, 7, 9)) for page in PAGES}
    argv = ("-m", "syndicate", "web", "--access-log", "--site", str(site))
    with saying(*argv, site=site) as (_, said):
        ready(f"{web}/healthz")
        for page, token in tokens.items():
            for path in (link(web, app.key, Claim(page, 7, 9)), f"{web}/x?u=%2Fu%2F{token}"):
                try:
                    urllib.request.urlopen(path, timeout=30).close()  # noqa: S310 - as above
                except urllib.error.HTTPError as error:
                    error.close()
        try:
            urllib.request.urlopen(f"{web}/x?to={READER}", timeout=30).close()  # noqa: S310 - as above
        except urllib.error.HTTPError as error:
            error.close()
    log = "\n".join(said)
    assert "GET /healthz HTTP/1.1" in log
    for name in PAGES.values():
        assert f"GET /{name}/{TOKEN} HTTP/1.1" in log
    assert not [token for token in tokens.values() if token[:20] in log]
    assert "mailbox.example" not in log
