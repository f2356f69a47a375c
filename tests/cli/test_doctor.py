"""`syndicate doctor`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from syndicate.delivery import outbox
from syndicate.doctor.examine import GROUPS
from tests import nameserver
from tests.cli.conftest import told

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result


def rows(result: Result) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def no_redis(site: Path) -> None:
    settings = site / "syndicate.toml"
    text = re.sub(r'url = "unix:.*"', 'url = "redis://:hush@127.0.0.1:1"', settings.read_text())
    settings.write_text(text)


def test_a_site_that_captures_its_mail_has_warnings_and_no_fault(
    site: Path, syndicate: Callable[..., Result]
) -> None:
    result = syndicate("doctor", "--site", site)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[0] == "settings"
    assert re.search(r"^\d+ ok, [1-9] warn, 0 fail$", result.stdout, re.MULTILINE)
    assert "  ok   eviction: noeviction\n" in result.stdout
    assert "       → set the public https URL" in result.stdout


def test_a_warning_is_a_fault_where_one_is_strict(
    site: Path, syndicate: Callable[..., Result]
) -> None:
    argv = ["doctor", "--only", "relays", "--site", site]
    assert syndicate(*argv).exit_code == 0
    assert syndicate(*argv, "--strict").exit_code == 1
    with outbox.listening(site / ".syndicate"):
        assert syndicate(*argv, "--strict").exit_code == 0


def test_what_fails_has_its_remedy_and_an_exit_code(
    site: Path, syndicate: Callable[..., Result]
) -> None:
    settings = site / "syndicate.toml"
    settings.write_text(re.sub("postal_address.*", "", settings.read_text()))
    result = syndicate("doctor", "--only", "settings", "--json", "--site", site)
    assert result.exit_code == 1
    (failed,) = [row for row in rows(result) if row["level"] == "fail"]
    assert failed == {
        "group": "settings",
        "what": "postal address",
        "level": "fail",
        "said": "none is set, so no mail is built",
        "remedy": "set postal_address under [mail]",
    }


def test_only_the_groups_that_are_named_are_looked_at(
    site: Path, syndicate: Callable[..., Result]
) -> None:
    result = syndicate("doctor", "--only", "redis, disk", "--json", "--site", site)
    assert {row["group"] for row in rows(result)} == {"redis", "disk"}
    result = syndicate("doctor", "--only", "redis,dsn", "--site", site)
    assert result.exit_code == 2
    assert f"no group 'dsn'; there are: {', '.join(GROUPS)}" in result.stderr


def test_without_redis_the_rest_is_looked_at(site: Path, syndicate: Callable[..., Result]) -> None:
    no_redis(site)
    result = syndicate("doctor", "--json", "--site", site)
    assert result.exit_code == 1
    assert "hush" not in result.output
    found = {(row["group"], row["level"]) for row in rows(result)}
    assert ("redis", "fail") in found
    assert ("state", "warn") in found
    assert {group for group, _ in found} == set(GROUPS) - {"clock"}


def test_dns_is_asked_at_the_resolver_that_is_named(
    site: Path, syndicate: Callable[..., Result]
) -> None:
    settings = site / "syndicate.toml"
    text = settings.read_text().replace("[mail]", '[mail]\nrelay = "smtp://relay.example"')
    settings.write_text(text)
    with nameserver.running() as zone:
        zone.text("blog.example", "v=spf1 include:relay.example -all")
        zone.text("relay.example", "v=spf1 ip4:192.0.2.1 -all")
        zone.text("_dmarc.blog.example", "v=DMARC1; p=none")
        zone.put("blog.example", "MX", "10 mx.blog.example.")
        zone.put("mx.blog.example", "A", "192.0.2.2")
        argv = ["doctor", "--only", "dns", "--json", "--site", site]
        result = syndicate(*argv, "--resolver", zone.address)
    assert {row["what"]: row["level"] for row in rows(result)} == {
        "SPF of blog.example": "ok",
        "DMARC of blog.example": "ok",
        "DMARC alignment": "warn",
        "MX of blog.example": "ok",
    }
    assert result.exit_code == 0


@pytest.mark.parametrize("resolver", ["dns.example", "127.0.0.1:many"])
def test_a_resolver_that_is_none_is_one_line(
    site: Path, syndicate: Callable[..., Result], resolver: str
) -> None:
    result = syndicate("doctor", "--resolver", resolver, "--site", site)
    assert "must be an IP address" in told(result)
    assert result.exit_code == 2
