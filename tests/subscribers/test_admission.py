"""What becomes of a sign-up, by who has the address and what it got of late."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from syndicate.settings.signup import SignupRules
from syndicate.subscribers import changes
from syndicate.subscribers.admission import Verdict, decide
from syndicate.subscribers.limits import Counts
from syndicate.subscribers.model import Digest, Reason, Subscriber, Suppression

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
TECH, MONEY = Digest("daily", "tech"), Digest("daily", "money")
RULES = SignupRules(per_domain=10, per_hour=20, per_address=3)
NOBODY = Subscriber(id=1, address="wanda@mail.example", created_at=NOW)
PENDING = changes.ask(NOBODY, [TECH], NOW)
ACTIVE = changes.confirm(NOBODY, [TECH], NOW)
LEFT = changes.leave(ACTIVE, [TECH], NOW)
PAUSED = changes.pause(ACTIVE, NOW)
QUIET = Counts()
ASKED, LINKED = Counts(asked_at=NOW), Counts(linked_at=NOW)


def decided(
    one: Subscriber | None, *digests: Digest, counts: Counts = QUIET, why: Reason | None = None
) -> Verdict:
    barred = Suppression(why, "", NOW) if why else None
    return decide(one, digests, barred, counts, RULES)


@pytest.mark.parametrize("one", [None, NOBODY, PENDING, LEFT])
def test_who_gets_nothing_yet_is_asked(one: Subscriber | None) -> None:
    assert decided(one, TECH) is Verdict.ASK


def test_who_gets_something_is_asked_about_the_rest() -> None:
    assert decided(ACTIVE, TECH, MONEY) is Verdict.ASK


@pytest.mark.parametrize("one", [ACTIVE, PAUSED])
def test_who_gets_all_of_it_has_his_link_once_a_day(one: Subscriber) -> None:
    assert decided(one, TECH) is Verdict.LINK
    assert decided(one) is Verdict.LINK
    assert decided(one, TECH, counts=LINKED) is Verdict.NOTHING


@pytest.mark.parametrize("one", [None, NOBODY, PENDING, LEFT])
def test_who_asks_for_his_link_and_gets_nothing_gets_none(one: Subscriber | None) -> None:
    assert decided(one) is Verdict.NOTHING


@pytest.mark.parametrize("one", [NOBODY, PENDING, LEFT])
def test_who_was_asked_today_is_not_asked_again(one: Subscriber) -> None:
    assert decided(one, TECH, counts=ASKED) is Verdict.JOIN


def test_nothing_is_kept_of_one_who_is_gone_and_was_asked_today() -> None:
    assert decided(None, TECH, counts=ASKED) is Verdict.NOTHING


def test_who_never_answers_is_asked_no_more() -> None:
    assert decided(None, TECH, counts=Counts(unanswered=2)) is Verdict.ASK
    assert decided(None, TECH, counts=Counts(unanswered=3)) is Verdict.NOTHING


@pytest.mark.parametrize("counts", [Counts(domain=10), Counts(everybody=20)])
def test_what_is_too_much_for_an_hour_waits(counts: Counts) -> None:
    assert decided(None, TECH, counts=counts) is Verdict.LATER
    assert decided(ACTIVE, TECH, counts=counts) is Verdict.LATER
    assert decided(PENDING, TECH, counts=replace(counts, asked_at=NOW)) is Verdict.JOIN


@pytest.mark.parametrize("why", [reason for reason in Reason if reason is not Reason.ERASED])
@pytest.mark.parametrize("one", [None, PENDING, ACTIVE])
def test_who_is_suppressed_gets_nothing(one: Subscriber | None, why: Reason) -> None:
    assert decided(one, TECH, MONEY, why=why) is Verdict.NOTHING


def test_who_was_erased_may_come_back() -> None:
    assert decided(None, TECH, why=Reason.ERASED) is Verdict.ASK
