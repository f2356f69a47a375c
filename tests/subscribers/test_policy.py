"""Policy: which addresses may subscribe by themselves."""

from __future__ import annotations

import os
from time import perf_counter
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from syndicate.errors import SettingsError
from syndicate.settings.signup import Allowance, SignupRules
from syndicate.subscribers.address import parse_address
from syndicate.subscribers.policy import Refusal, RefusedDomains, refusal

if TYPE_CHECKING:
    from pathlib import Path

USUAL = SignupRules()
LAX = SignupRules(role_accounts=Allowance.ALLOW)
STRICT = SignupRules(sub_addresses=Allowance.REFUSE)


@pytest.mark.parametrize(
    "local",
    [
        *("abuse", "Postmaster", "NO-REPLY", "noreply", "mailer-daemon", "abuse+x"),
        *("owner-list", "list-request", "list-bounces", "news-unsubscribe"),
    ],
)
def test_a_role_account_is_refused_or_not_as_the_settings_say(local: str) -> None:
    address = parse_address(f"{local}@mail.example")
    assert refusal(address, USUAL, ()) is Refusal.ROLE
    assert refusal(address, LAX, ()) is None


@pytest.mark.parametrize(
    "local", ["wanda", "info", "sales", "abuser", "request", "owner", "spammy"]
)
def test_a_person_is_no_role(local: str) -> None:
    assert refusal(f"{local}@mail.example", USUAL, ()) is None


def test_a_sub_address_is_refused_or_not_as_the_settings_say() -> None:
    assert refusal("wanda+news@mail.example", USUAL, ()) is None
    assert refusal("wanda+news@mail.example", STRICT, ()) is Refusal.SUB_ADDRESS
    assert refusal("+wanda@mail.example", STRICT, ()) is None


@pytest.mark.parametrize(
    "address", ["a@throw.example", "a@THROW.example", "a@x.throw.example", "a@例子.中国"]
)
def test_a_refused_domain_is_refused_with_all_below_it(address: str) -> None:
    refused = {"throw.example", "xn--fsqu00a.xn--fiqs8s"}
    assert refusal(parse_address(address), USUAL, refused) is Refusal.DOMAIN


@pytest.mark.parametrize("address", ["a@nothrow.example", "a@example.com", "a@throw.example.com"])
def test_a_domain_that_only_looks_like_a_refused_one_is_none(address: str) -> None:
    assert refusal(parse_address(address), USUAL, {"throw.example"}) is None


def test_a_file_has_a_domain_a_line_and_comments(tmp_path: Path) -> None:
    path = tmp_path / "domains.txt"
    path.write_text("\ufeff# throw-away\nThrow.example  # one\n\n@two.example\nstraße.example\n")
    domains = RefusedDomains([path]).now()
    assert domains == {"throw.example", "two.example", "xn--strae-oqa.example"}


def test_a_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    path, other = tmp_path / "one.txt", tmp_path / "two.txt"
    path.write_text("one.example\n")
    other.write_text("other.example\n")
    domains = RefusedDomains([path, other])
    assert domains.now() == {"one.example", "other.example"}
    path.write_text("two.example\n")
    os.utime(path, ns=(1, 1))
    assert domains.now() == {"two.example", "other.example"}


def test_a_line_that_is_no_domain_is_said_and_the_others_count(tmp_path: Path) -> None:
    path = tmp_path / "domains.txt"
    path.write_text("one.example\nnot a domain\n")
    with capture_logs() as logs:
        assert RefusedDomains([path]).now() == {"one.example"}
    assert [(log["line"], log["error"]) for log in logs] == [(2, "no domain")]


def test_a_file_that_goes_away_stands_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "domains.txt"
    path.write_text("one.example\n")
    domains = RefusedDomains([path])
    domains.now()
    path.unlink()
    with capture_logs() as logs:
        assert domains.now() == {"one.example"}
    assert logs


def test_a_file_that_was_never_there_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"there is no file .*make it"):
        RefusedDomains([tmp_path / "none.txt"])


@pytest.mark.parametrize(
    "local", ["owner-" * 10, "-request" * 8, f"{'a-' * 20}bounces", "+" * 64, "a+" * 30 + "a"]
)
def test_a_long_address_is_judged_at_once(local: str) -> None:
    address = f"{local}@{'a.' * 90}example"
    began = perf_counter()
    for _ in range(100):
        refusal(address, STRICT, {"other.example"})
    assert perf_counter() - began < 1
