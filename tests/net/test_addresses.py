"""Only public addresses are spoken to, and one's own where that is allowed."""

from __future__ import annotations

import pytest

from syndicate.errors import FetchError
from syndicate.net.addresses import checked, is_allowed, lookup

PUBLIC = ["93.184.216.34", "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::101:101", "2002:101:101::"]
OWN = ["127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "::1"]
OWN += ["fd00::1", "64:ff9b::7f00:1", "2002:7f00:1::"]
NEVER = ["169.254.169.254", "fe80::1", "fe80::1%lo", "224.0.0.1", "ff02::1", "::", "::7f00:1"]
NEVER += ["255.255.255.255", "240.0.0.1", "192.0.2.1", "2001:db8::1", "2001::1", "fec0::1"]
NEVER += ["::ffff:127.0.0.1", "::ffff:1.1.1.1", "0.0.0.1", "64:ff9b::a9fe:a9fe"]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed(address: str) -> None:
    assert is_allowed(address, allow_private=False)


@pytest.mark.parametrize("address", OWN)
def test_ones_own_networks_are_allowed_where_one_says_so(address: str) -> None:
    assert not is_allowed(address, allow_private=False)
    assert is_allowed(address, allow_private=True)


@pytest.mark.parametrize("address", NEVER)
def test_what_is_neither_is_never_allowed(address: str) -> None:
    assert not is_allowed(address, allow_private=False)
    assert not is_allowed(address, allow_private=True)


def test_a_host_with_one_address_that_is_refused_is_refused() -> None:
    with pytest.raises(FetchError, match=r"feed\.example is at 10\.0\.0\.7, which is no public"):
        checked("feed.example", 80, lambda *_: ["1.1.1.1", "10.0.0.7"], allow_private=False)


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f000001", "127.1", "::1"])
def test_an_address_in_disguise_is_seen_through(host: str) -> None:
    with pytest.raises(FetchError, match="no public address"):
        checked(host, 80, lookup, allow_private=False)
