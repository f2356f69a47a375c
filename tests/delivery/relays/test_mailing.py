"""A mailing goes round a relay that is dead, says why it waits, and waits for a person's word."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from syndicate.delivery.model import MailingState
from syndicate.subscribers.model import Digest, Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.app import App
    from tests.conftest import Clock
    from tests.delivery.conftest import FaultyRelay


@pytest.fixture
def set_relays(site: Path) -> Callable[[str], None]:
    """Has the site's settings name these relays, instead of the one of [mail]."""

    def write(text: str) -> None:
        path.write_text(plain + text)

    path = site / "syndicate.toml"
    plain = re.sub(r"relay = .*\n", "", path.read_text())
    return write


@pytest.fixture
def order(write_post: Callable[..., Path]) -> Callable[[App], int]:
    """Orders a mailing to ten readers."""

    def to_ten(app: App) -> int:
        app.sync()
        write_post("one", "tech")
        app.sync()
        for n in range(10):
            number = app.subscribers.add(f"reader{n}@y.example", app.clock())
            app.subscribers.change(
                number, [Digest("daily", "tech")], Status.ACTIVE, app.clock(), {"method": "test"}
            )
        edition = app.desk.cut("daily", "tech")
        assert edition
        return app.desk.order(edition.id)

    return to_ten


def run(app: App, mailing: int) -> None:
    for chunk in app.plan(mailing):
        app.deliver(mailing, chunk)
    for work in app.sweep().deliver:
        app.deliver(*work)


def relays(relay: FaultyRelay, *more: str) -> str:
    """A relay that is dead, and one that isn't."""
    dead = '\n[[relays]]\nname = "dead"\nurl = "smtp://127.0.0.1:1"\n'
    spare = f'[[relays]]\nname = "spare"\nurl = "smtp://127.0.0.1:{relay.port}"\npriority = 2\n'
    return dead + spare + "\n".join(more)


def until_sent(app: App, mailing: int, clock: Clock, minutes: int) -> None:
    """Sweeps once a minute."""
    for _ in range(minutes):
        run(app, mailing)
        if app.ledger.get(mailing).state is MailingState.SENT:
            return
        clock.advance(minutes=1)
    pytest.fail(f"not sent: {app.ledger.get(mailing)}")


def test_a_spare_relay_takes_all_that_a_dead_one_does_not(
    open_app: Callable[[], App],
    set_relays: Callable[[str], None],
    order: Callable[[App], int],
    relay: FaultyRelay,
    clock: Clock,
) -> None:
    set_relays(relays(relay))
    app = open_app()
    mailing = order(app)
    until_sent(app, mailing, clock, 5)
    assert len(set(relay.recipients())) == len(relay.taken) == 10
    assert app.roads.standing("dead").condition == "down"
    assert app.ledger.get(mailing).trouble == ""


def test_a_login_that_is_refused_holds_the_mailing_until_somebody_resumes_it(
    open_app: Callable[[], App],
    set_relays: Callable[[str], None],
    order: Callable[[App], int],
    relay: FaultyRelay,
    clock: Clock,
) -> None:
    set_relays(f'\n[[relays]]\nname = "main"\nurl = "smtp://127.0.0.1:{relay.port}"\n')
    app = open_app()
    mailing = order(app)
    relay.answer = lambda verb, _argument: "535 5.7.8 no" if verb == "MAIL" else None
    run(app, mailing)
    relay.answer = lambda _verb, _argument: None
    clock.advance(minutes=5)
    run(app, mailing)
    waits = app.ledger.get(mailing)
    assert relay.taken == []
    assert waits.trouble.startswith("relay main wants nothing of us: 127.0.0.1 says 535 5.7.8 no")
    assert "`syndicate relays resume main`" in waits.trouble
    app.roads.resume("main")
    clock.advance(minutes=1)
    until_sent(app, mailing, clock, 3)
    assert len(set(relay.recipients())) == len(relay.taken) == 10
    assert app.ledger.get(mailing).trouble == ""


def test_a_limit_spreads_a_mailing_over_time_and_costs_nobody_a_try(
    open_app: Callable[[], App],
    set_relays: Callable[[str], None],
    order: Callable[[App], int],
    relay: FaultyRelay,
    clock: Clock,
) -> None:
    url = f"smtp://127.0.0.1:{relay.port}"
    set_relays(f'\n[[relays]]\nname = "main"\nurl = "{url}"\nper_minute = 4\nmessages = 2\n')
    app = open_app()
    mailing = order(app)
    run(app, mailing)
    assert len(relay.taken) == 4
    assert "has had what it may have a minute" in app.ledger.get(mailing).trouble
    clock.advance(seconds=62)
    run(app, mailing)
    assert len(relay.taken) == 8
    clock.advance(seconds=62)
    run(app, mailing)
    assert len(set(relay.recipients())) == len(relay.taken) == 10
    assert app.ledger.get(mailing).state is MailingState.SENT
    assert relay.connections >= 5
    assert app.store.text.hlen(app.store.keys.part(mailing, "outcomes")) == 0


@pytest.mark.parametrize("limit", ["", "per_hour = 100\n"])
def test_a_cadence_that_names_a_relay_leaves_through_no_other(
    set_relays: Callable[[str], None],
    open_app: Callable[[], App],
    order: Callable[[App], int],
    relay: FaultyRelay,
    clock: Clock,
    limit: str,
) -> None:
    cadence = '\n[[cadences]]\nname = "daily"\ncron = "0 8 * * *"\nrelay = "dead"\n'
    set_relays(relays(relay, f"{limit}{cadence}"))
    app = open_app()
    mailing = order(app)
    run(app, mailing)
    clock.advance(hours=1)
    run(app, mailing)
    # The other would have taken them all, were it of a smaller priority or not.
    assert relay.taken == []
    assert app.ledger.get(mailing).open == 10
    set_relays(f'\n[[relays]]\nname = "dead"\nurl = "smtp://127.0.0.1:{relay.port}"\n{cadence}')
    until_sent(open_app(), mailing, clock, 60)
    assert len(relay.taken) == 10
