"""Signing up: one mail to whoever is named, and nothing more before he confirms."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from syndicate.delivery import outbox
from syndicate.digests.letters import Kind
from syndicate.errors import BusyError, NotFoundError, SettingsError, StoreError, TokenError
from syndicate.people.signup import Reply
from syndicate.settings import load
from syndicate.subscribers.confirming import Standing
from syndicate.subscribers.limits import next_hour
from syndicate.subscribers.model import Digest, Reason, Status, Subscriber, Suppression
from syndicate.subscribers.signups import SignUp
from syndicate.subscribers.tokens import Claim, Purpose, sign

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.app import App
    from tests.conftest import Clock

WANDA = "Wanda@mail.example"
TECH, MONEY, WEEKLY = Digest("daily", "tech"), Digest("daily", "money"), Digest("weekly", "tech")
HOW = {"method": "test"}


@pytest.fixture
def ask(app: App) -> Callable[..., Reply]:
    """Signs an address up, from a network of its own each time."""
    networks = iter(range(1 << 16))

    def one(address: str = WANDA, *digests: Digest, **more: str) -> Reply:
        network = next(networks)
        how = {**HOW, "ip": more.pop("ip", f"10.{network // 256}.{network % 256}.1")}
        wanted = digests or (TECH,)
        return app.signup.ask(
            SignUp(address=address, digests=wanted, at=app.clock(), how=how, **more)
        )

    return one


def letters(app: App) -> list[tuple[Kind, tuple[Digest, ...]]]:
    """Those that wait, in the order of posting."""
    found = []
    while leased := app.letters.lease(app.clock(), app.clock().timestamp() + 1e9):
        found.append((leased.letter.kind, leased.letter.digests))
    return found


def link(app: App, address: str = WANDA) -> Claim:
    """The link of a letter of now."""
    return Claim.at(Purpose.CONFIRM, app.subscribers.find(address).id, app.clock())


def joined(app: App, address: str, *digests: Digest) -> Subscriber:
    """Somebody who gets these."""
    number = app.subscribers.add(address, app.clock())
    app.subscribers.change(number, digests or [TECH], Status.ACTIVE, app.clock(), HOW)
    return app.subscribers.get([number])[0]


# Asking


def test_a_sign_up_makes_a_pending_subscription_and_one_letter_that_names_it(
    app: App, ask: Callable[..., Reply]
) -> None:
    assert ask(WANDA, TECH, WEEKLY, name="Wanda", language="de") is Reply.TAKEN
    assert app.signup.admit() == 1
    found = app.subscribers.find(WANDA)
    assert found.states == {TECH: Status.PENDING, WEEKLY: Status.PENDING}
    assert (found.address, found.name, found.language) == (WANDA, "Wanda", "de")
    assert letters(app) == [(Kind.CONFIRM, (TECH, WEEKLY))]
    (consent,) = app.subscribers.consents(found.id)
    assert consent["pending"] == ["daily:tech", "weekly:tech"]
    assert consent["how"] == {"method": "test", "ip": "10.0.0.1"}


def test_nothing_is_kept_of_him_before_a_worker_looked(app: App, ask: Callable[..., Reply]) -> None:
    ask()
    assert not list(app.subscribers.all())
    assert app.signup.waits()
    assert app.sweep().signups


@pytest.mark.slow
def test_a_thousand_sign_ups_of_one_address_give_one_mail(
    app: App, ask: Callable[..., Reply], sink: Path
) -> None:
    for number in range(1000):
        mixed = WANDA.swapcase() if number % 2 else WANDA
        assert ask(mixed, Digest("daily", f"c{number % 50}")) is Reply.TAKEN
    assert app.signup.admit() == 1
    assert app.send_letters() == 1
    assert len(outbox.messages(sink)) == 1
    assert not app.signup.waits()


def test_so_do_those_of_a_day_whoever_admits_them(
    app: App, ask: Callable[..., Reply], clock: Clock, open_app: Callable[[], App]
) -> None:
    posted = 0
    for _ in range(23):
        ask()
        posted += open_app().signup.admit()
        clock.advance(hours=1)
    assert posted == 1
    clock.advance(hours=1)
    ask()
    assert app.signup.admit() == 1


def test_who_never_confirms_is_asked_a_few_times_in_all(
    app: App, ask: Callable[..., Reply], clock: Clock
) -> None:
    posted = 0
    for _ in range(30):
        ask()
        posted += app.signup.admit()
        clock.advance(days=1)
    assert posted == app.settings.signup.per_address == 5


def test_who_confirmed_can_sign_up_for_more_the_same_day(
    app: App, ask: Callable[..., Reply]
) -> None:
    ask()
    app.signup.admit()
    assert app.signup.confirm(link(app), [], None, HOW) == (TECH,)
    letters(app)
    ask(WANDA, MONEY)
    assert app.signup.admit() == 1
    assert letters(app) == [(Kind.CONFIRM, (MONEY,))]
    assert app.subscribers.find(WANDA).states == {TECH: Status.ACTIVE, MONEY: Status.PENDING}


def test_one_network_has_no_more_than_its_share(app: App, ask: Callable[..., Reply]) -> None:
    share = app.settings.signup.per_network
    replies = Counter(
        ask(f"reader{n}@mail{n}.example", ip=f"192.0.2.{n}") for n in range(share + 3)
    )
    assert replies == {Reply.TAKEN: share, Reply.TOO_MANY: 3}
    assert ask("other@mail.example", ip="192.0.3.1") is Reply.TAKEN
    assert app.signup.admit() == share + 1


def test_what_is_too_much_for_a_domain_goes_out_in_the_next_hour(
    site: Path, open_app: Callable[[], App], clock: Clock
) -> None:
    with (site / "syndicate.toml").open("a") as file:
        file.write("\n[signup]\nper_domain = 2\n")
    app = open_app()
    for n in range(5):
        app.signup.ask(SignUp(address=f"r{n}@mail.example", digests=(TECH,), at=clock()))
    app.signup.ask(SignUp(address="r@other.example", digests=(TECH,), at=clock()))
    posted = [app.signup.admit()]
    assert not app.signup.waits()
    assert len(list(app.subscribers.all())) == 3
    for _ in range(3):
        clock.now = next_hour(clock())
        posted.append(app.signup.admit())
    assert posted == [3, 2, 1, 0]


@pytest.mark.slow
def test_what_had_no_turn_for_a_day_is_dropped(
    site: Path, open_app: Callable[[], App], clock: Clock
) -> None:
    with (site / "syndicate.toml").open("a") as file:
        file.write("\n[signup]\nper_hour = 1\n")
    app = open_app()
    for n in range(30):
        app.signup.ask(SignUp(address=f"r{n}@mail{n}.example", digests=(TECH,), at=clock()))
    posted = 0
    for _ in range(40):
        posted += app.signup.admit()
        clock.now = next_hour(clock())
    assert 24 <= posted <= 25
    clock.advance(days=2)
    assert not app.signup.waits()


# Who it is about


def test_who_gets_it_already_has_his_link_once_a_day(
    app: App, ask: Callable[..., Reply], clock: Clock
) -> None:
    reader = joined(app, WANDA)
    for _ in range(3):
        ask(WANDA, TECH, name="Nonsense", language="ar")
        app.signup.admit()
    assert letters(app) == [(Kind.LINK, ())]
    assert app.subscribers.find(WANDA) == reader
    clock.advance(days=1)
    ask()
    assert app.signup.admit() == 1


def test_a_stranger_changes_nothing_of_one_who_gets_something(
    app: App, ask: Callable[..., Reply]
) -> None:
    joined(app, WANDA)
    ask(WANDA, MONEY, name="Nonsense", language="ar")
    app.signup.admit()
    found = app.subscribers.find(WANDA)
    assert (found.name, found.language) == ("", "")


@pytest.mark.parametrize("entry", ["wanda@mail.example", "@mail.example"])
def test_who_is_suppressed_gets_nothing_and_nothing_is_kept(
    app: App, ask: Callable[..., Reply], entry: str
) -> None:
    why = Suppression(Reason.COMPLAINT, "test", app.clock())
    app.suppressions.add(entry, why, app.clock(), HOW)
    ask()
    assert app.signup.admit() == 0
    assert not list(app.subscribers.all())
    assert not app.signup.waits()


def test_who_was_erased_can_come_back_by_his_own_word_and_lists_may_have_him_again(
    app: App, ask: Callable[..., Reply]
) -> None:
    reader = joined(app, WANDA)
    listed = app.suppressions.erased(WANDA, "page", app.clock())
    app.subscribers.alter(reader.id, lambda _: None, app.clock(), HOW, listed)
    assert app.suppressions.which([WANDA])[WANDA].reason is Reason.ERASED
    ask()
    assert app.signup.admit() == 1
    assert app.suppressions.which([WANDA])
    assert app.signup.confirm(link(app), [], None, HOW) == (TECH,)
    assert not app.suppressions.which([WANDA])


def test_a_category_that_got_another_name_meanwhile_is_asked_for_by_that(
    app: App, ask: Callable[..., Reply], site: Path, open_app: Callable[[], App]
) -> None:
    ask()
    with (site / "syndicate.toml").open("a") as file:
        file.write('\n[[categories]]\nname = "technology"\nformerly = ["tech"]\n')
    open_app().signup.admit()
    assert letters(app) == [(Kind.CONFIRM, (Digest("daily", "technology"),))]


# Crashes


class Killed(BaseException):
    """As if by kill -9: nobody catches it."""


@pytest.mark.parametrize("step", ["_save", "_post", "end", "letter"])
def test_a_worker_killed_anywhere_loses_none_and_doubles_none(
    app: App,
    ask: Callable[..., Reply],
    open_app: Callable[[], App],
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    ask()
    worker = open_app().signup
    owner = {"end": worker._signups, "letter": worker._limits}.get(step, worker)

    def die(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(owner, step, die)
    with pytest.raises(Killed):
        worker.admit()
    app.signup.admit()
    assert letters(app) == [(Kind.CONFIRM, (TECH,))]
    assert app.subscribers.find(WANDA).states == {TECH: Status.PENDING}
    assert not app.signup.waits()


def test_two_workers_are_never_at_it_together(app: App, ask: Callable[..., Reply]) -> None:
    ask()
    with app.store.lock("admit"), pytest.raises(BusyError):
        app.signup.admit()
    assert app.signup.admit() == 1


@pytest.mark.parametrize(("error", "raised"), [(StoreError("away"), False), (OSError(), True)])
def test_what_fails_waits_a_minute_and_holds_up_no_other(
    app: App,
    ask: Callable[..., Reply],
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    raised: bool,
) -> None:
    def fail(*_: object) -> None:
        raise error

    ask()
    with monkeypatch.context() as patched:
        patched.setattr(app.signup, "_admit", fail)
        if raised:
            with pytest.raises(type(error)):
                app.signup.admit()
        else:
            app.signup.admit()
    ask("omar@mail.example")
    assert app.signup.admit() == 1
    assert app.subscribers.find("omar@mail.example")
    clock.advance(minutes=1)
    assert app.signup.admit() == 1


def test_no_log_tells_who_signed_up(app: App, ask: Callable[..., Reply]) -> None:
    with capture_logs() as logs:
        ask()
        app.signup.admit()
    assert logs
    assert "wanda" not in str(logs).lower()


# Confirming


def test_the_link_confirms_what_its_letter_named(
    app: App, ask: Callable[..., Reply], clock: Clock
) -> None:
    ask(WANDA, TECH)
    app.signup.admit()
    claim = link(app)
    clock.advance(minutes=5)
    ask(WANDA, TECH, MONEY, WEEKLY)
    assert app.signup.admit() == 0
    question = app.signup.question(claim)
    assert question.standing is Standing.OPEN
    assert (question.named, question.since) == ((TECH,), (MONEY, WEEKLY))
    assert app.signup.confirm(claim, [], None, HOW) == (TECH,)
    states = app.subscribers.find(WANDA).states
    assert states == {TECH: Status.ACTIVE, MONEY: Status.PENDING, WEEKLY: Status.PENDING}


def test_its_reader_may_take_more_of_what_was_asked_for_and_nothing_else(
    app: App, ask: Callable[..., Reply]
) -> None:
    ask(WANDA, TECH)
    app.signup.admit()
    claim = link(app)
    ask(WANDA, MONEY)
    app.signup.admit()
    other = Digest("daily", "never asked for")
    assert app.signup.confirm(claim, [MONEY, other], "Wanda", HOW) == (MONEY, TECH)
    assert app.subscribers.find(WANDA).name == "Wanda"


def test_a_link_works_once(app: App, ask: Callable[..., Reply]) -> None:
    ask()
    app.signup.admit()
    claim = link(app)
    assert app.signup.confirm(claim, [], None, HOW) == (TECH,)
    assert app.signup.question(claim).standing is Standing.USED
    number = claim.subscriber
    app.subscribers.change(number, [TECH], Status.LEFT, app.clock(), HOW)
    assert app.signup.confirm(claim, [], "Nonsense", HOW) == ()
    assert app.subscribers.find(WANDA).states == {TECH: Status.LEFT}
    assert app.subscribers.find(WANDA).name == ""


def test_a_link_works_for_two_days(app: App, ask: Callable[..., Reply], clock: Clock) -> None:
    ask()
    app.signup.admit()
    claim = link(app)
    clock.advance(hours=48)
    assert app.signup.question(claim).standing is Standing.EXPIRED
    assert app.signup.confirm(claim, [], None, HOW) == ()
    clock.advance(seconds=-1)
    assert app.signup.confirm(claim, [], None, HOW) == (TECH,)


def test_a_new_link_goes_the_way_of_a_sign_up(
    app: App, ask: Callable[..., Reply], clock: Clock
) -> None:
    ask()
    app.signup.admit()
    claim = link(app)
    assert app.signup.renew(claim, HOW) is Reply.TAKEN
    assert app.signup.admit() == 0
    clock.advance(hours=48)
    assert app.signup.renew(claim, HOW) is Reply.TAKEN
    assert app.signup.admit() == 1
    assert letters(app) == [(Kind.CONFIRM, (TECH,))] * 2
    assert app.signup.confirm(link(app), [], None, HOW) == (TECH,)


def test_who_confirmed_and_asks_for_a_new_link_gets_that_of_his_preferences(
    app: App, ask: Callable[..., Reply]
) -> None:
    ask()
    app.signup.admit()
    claim = link(app)
    app.signup.confirm(claim, [], None, HOW)
    letters(app)
    app.signup.renew(claim, HOW)
    assert app.signup.admit() == 1
    assert letters(app) == [(Kind.LINK, ())]


def test_who_is_forgotten_is_told_so(app: App) -> None:
    claim = Claim.at(Purpose.CONFIRM, 77, app.clock())
    for verb in (app.signup.question, lambda it: app.signup.confirm(it, [], None, HOW)):
        with pytest.raises(NotFoundError, match="sign up again"):
            verb(claim)


def test_a_link_for_something_else_confirms_nothing(app: App) -> None:
    other = sign(app.key, Claim.at(Purpose.PREFERENCES, 1, app.clock()))
    with pytest.raises(TokenError):
        app.signup.claim(other)


@pytest.mark.parametrize("welcome", [True, False])
def test_a_welcome_goes_to_who_confirmed_if_the_settings_want_it(
    site: Path, open_app: Callable[[], App], welcome: bool
) -> None:
    toml = site / "syndicate.toml"
    toml.write_text(toml.read_text().replace("[mail]", f"[mail]\nwelcome = {str(welcome).lower()}"))
    app = open_app()
    app.signup.ask(SignUp(address=WANDA, digests=(TECH,), at=app.clock()))
    app.signup.admit()
    letters(app)
    app.signup.confirm(link(app), [], None, HOW)
    assert letters(app) == [(Kind.WELCOME, (TECH,))] * welcome


def test_the_record_says_what_was_asked_and_what_confirmed_and_by_what_acts(
    app: App, ask: Callable[..., Reply], clock: Clock
) -> None:
    ask()
    app.signup.admit()
    clock.advance(minutes=3)
    claim = link(app)
    act = {"method": "confirmation", "ip": "192.0.2.9", "agent": "Mozilla"}
    app.signup.confirm(claim, [], None, act)
    asked, confirmed = app.subscribers.consents(claim.subscriber)
    assert asked["pending"] == confirmed["active"] == ["daily:tech"]
    assert confirmed["how"] == act
    assert confirmed["at"] - asked["at"] == timedelta(minutes=3)


# Around it


def test_a_file_of_refused_domains_that_is_missing_is_told_at_the_start(
    site: Path, open_app: Callable[[], App]
) -> None:
    with (site / "syndicate.toml").open("a") as file:
        file.write('\n[signup]\nrefused_domains = ["none.txt"]\n')
    with pytest.raises(SettingsError, match="refused_domains: there is no file"):
        open_app()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('origins = ["https://www.example.com/"]', "must be scheme and host alone"),
        ('origins = ["*"]', "must be an absolute http"),
        ('role_accounts = "maybe"', "Input should be 'allow' or 'refuse'"),
        ("per_network = 0", "greater than or equal to 1"),
        ('privacy = "privacy.html"', "must be an absolute http"),
    ],
)
def test_a_setting_that_is_wrong_is_told_with_what_would_be_right(
    site: Path, line: str, said: str
) -> None:
    with (site / "syndicate.toml").open("a") as file:
        file.write(f"\n[signup]\n{line}\n")
    with pytest.raises(SettingsError, match=said):
        load(site)
