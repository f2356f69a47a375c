"""Who asks: nobody passes for another by a header that anybody can send."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.errors import SettingsError
from syndicate.settings import load
from syndicate.settings.web import Web
from syndicate.web.proxies import Proxied

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import Receive, Scope, Send

PROXY, CLIENT, LIAR = "127.0.0.1", "192.0.2.7", "198.51.100.1"


def asking(peer: str | None, *said: str, name: str = "X-Forwarded-For", **web: object) -> str:
    """Who asks, as an app behind `Proxied` sees him; each of `said` is a header."""
    seen: list[Scope] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope)

    headers = [(name.lower().encode(), value.encode("latin-1")) for value in said]
    scope = {"type": "http", "headers": headers, "client": (peer, 1) if peer else None}
    asyncio.run(Proxied(app, Web.model_validate(web))(scope, None, None))  # type: ignore[arg-type]
    client = seen[0]["client"]
    return client[0] if client else ""


def test_without_a_proxy_it_is_the_one_who_is_connected() -> None:
    assert asking(CLIENT) == CLIENT
    assert asking(CLIENT, LIAR) == CLIENT
    assert asking(None, LIAR) == ""


def test_behind_a_proxy_it_is_whom_that_names() -> None:
    assert asking(PROXY, CLIENT) == CLIENT
    assert asking("::1", "2001:db8::7") == "2001:db8::7"


def test_what_a_client_says_before_the_proxy_does_is_not_believed() -> None:
    assert asking(PROXY, f"{LIAR}, {CLIENT}") == CLIENT
    assert asking(PROXY, LIAR, CLIENT) == CLIENT
    assert asking(PROXY, f"{LIAR}, {PROXY}, {CLIENT}") == CLIENT


def test_behind_several_proxies_it_is_the_last_that_is_none_of_them() -> None:
    ours = ("127.0.0.1", "10.0.0.0/8")
    assert asking(PROXY, f"{LIAR}, {CLIENT}, 10.1.2.3", proxies=ours) == CLIENT
    assert asking(PROXY, "10.1.2.3", proxies=ours) == "10.1.2.3"


def test_only_the_header_that_the_settings_name_is_read() -> None:
    assert asking(PROXY, f"for={LIAR}", name="Forwarded") == PROXY
    assert asking(PROXY, LIAR, forwarded="Forwarded") == PROXY


@pytest.mark.parametrize(
    "said",
    [
        f"for={CLIENT}",
        f"For={CLIENT};proto=https;by=203.0.113.43",
        f'proto=https; for="{CLIENT}:4711"',
        f"for={LIAR}, for={CLIENT}",
    ],
)
def test_forwarded_is_read_as_rfc_7239_has_it(said: str) -> None:
    assert asking(PROXY, said, name="Forwarded", forwarded="Forwarded") == CLIENT


def test_brackets_ports_and_mapped_addresses_are_taken_off() -> None:
    assert asking(PROXY, "[2001:DB8::7]:4711") == "2001:db8::7"
    assert asking(PROXY, f"{CLIENT}:4711") == CLIENT
    assert asking(f"::ffff:{PROXY}", f"::ffff:{CLIENT}") == CLIENT


@pytest.mark.parametrize("said", ["unknown", "_hidden", "", " ", "999.1.1.1", "1.2.3", ":::"])
def test_a_name_that_is_none_leaves_the_proxy(said: str) -> None:
    assert asking(PROXY, f"{LIAR}, {said}") == PROXY


def test_without_trusted_proxies_no_header_counts() -> None:
    assert asking(PROXY, LIAR, proxies=()) == PROXY


@given(st.text(st.characters(max_codepoint=255)))
def test_whatever_a_client_says_it_passes_for_nobody(said: str) -> None:
    assert asking(PROXY, f"{said},{CLIENT}") == CLIENT
    assert asking(CLIENT, said) == CLIENT


@pytest.mark.parametrize(
    "said", ["," * 100_000, "for=" * 30_000, '"' * 100_000, ";for=" * 20_000, "[" * 100_000]
)
@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded"])
def test_a_very_long_header_is_read_at_once(said: str, name: str) -> None:
    began = perf_counter()
    asking(PROXY, said, name=name, forwarded=name)
    assert perf_counter() - began < 1


def test_a_proxy_that_is_no_network_is_told(site: Path) -> None:
    with (site / "syndicate.toml").open("a") as file:
        file.write('\n[web]\nproxies = ["localhost"]\n')
    with pytest.raises(SettingsError, match="'localhost' must be an IP address"):
        load(site)
