"""What is paused or cancelled stops at once, whoever is at it; nobody gets anything twice."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from syndicate.app import opened
from syndicate.delivery.model import MailingState
from syndicate.settings import load
from tests.running.machine import (
    Sink,
    command,
    free_port,
    make_site,
    sink,
    subscribe,
    until,
    up,
    write_post,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syndicate.app import App

pytestmark = pytest.mark.slow

#: Of each mailing; what a relay thinks over each message, in seconds; connections of each process.
READERS, DELAY, CONNECTIONS = 150, 0.4, 4
#: Seconds within which a pause is in effect, and in which nothing must happen any more.
AT_ONCE, STILL = 1.0, 3.0
WHY = ("--why", "a wrong figure")


@dataclass
class Machine:
    """A machine at work, and who watches it."""

    site: Path
    app: App
    relay: Sink

    def send(self, category: str) -> tuple[int, int]:
        """Have a mailing be under way to this category's readers; its edition, and its id."""
        write_post(self.site, f"new-{category}", category)
        waiting = self.app.pending.counts
        until(lambda: category in waiting("daily"), "it waits for an edition")
        edition = self.app.desk.cut("daily", category)
        assert edition
        command(self.site, "editions", "hold", str(edition.id))
        command(self.site, "editions", "approve", str(edition.id))
        mailing = self.app.editions.mailing_of(edition.id)
        assert mailing
        until(lambda: len(self.got(category)) > 2 * CONNECTIONS, "it is under way")
        return edition.id, mailing

    def got(self, category: str) -> Counter[str]:
        """How often each of its readers got something."""
        to = (one.recipient for one in self.relay.taken)
        return Counter(one for one in to if one.startswith(category))

    def stands_still(self, category: str, since: float) -> None:
        """Sees that no connection begins more than the message that it had leave for already."""
        time.sleep(STILL)
        late = [row for row in self.relay.begun if row[0] > since and row[2].startswith(category)]
        assert max(Counter(way for _, way, _ in late).values(), default=0) <= 1
        assert all(at < since + AT_ONCE for at, _, _ in late)
        assert 0 < len(self.got(category)) < READERS

    def ends(self, mailing: int) -> None:
        until(lambda: self.app.ledger.get(mailing).state.ended, f"mailing {mailing} ends")


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with ExitStack() as stack:
        relay = stack.enter_context(sink(DELAY))
        more = (
            f'relay = "smtp://127.0.0.1:{relay.port}"\n\n[web]\nport = {free_port()}\n\n'
            # Nobody sweeps meanwhile: what a person lets go, goes at once.
            f"[delivery]\nsweep = 600\nconnections = {CONNECTIONS}\n"
        )
        site = make_site(tmp_path_factory.mktemp("pausing") / "site", more)
        write_post(site, "archived")
        stack.enter_context(up(site))
        app = stack.enter_context(opened(load(site)))
        until(app.posts.imported, "the first sync")
        yield Machine(site, app, relay)


def once(readers: list[str]) -> dict[str, int]:
    return dict.fromkeys(readers, 1)


def test_a_pause_of_everything_stops_all_at_once_and_says_who_and_why(machine: Machine) -> None:
    readers = subscribe(machine.app, READERS, "tech")
    _, mailing = machine.send("tech")
    paused = command(machine.site, "pause", *WHY)
    machine.stands_still("tech", paused)
    found = machine.app.ledger.get(mailing)
    assert found.state is MailingState.PAUSED
    assert "everything is paused by " in found.trouble
    assert found.trouble.endswith(": a wrong figure")
    command(machine.site, "resume")
    machine.ends(mailing)
    assert machine.got("tech") == once(readers)


def test_a_pause_of_a_category_stops_it_and_no_other(machine: Machine) -> None:
    readers = {name: subscribe(machine.app, READERS, name) for name in ("money", "sport")}
    (_, mailing), (_, other) = machine.send("money"), machine.send("sport")
    paused = command(machine.site, "pause", "--category", "money", *WHY)
    machine.stands_still("money", paused)
    machine.ends(other)
    assert machine.got("sport") == once(readers["sport"])
    assert machine.app.ledger.get(mailing).state is MailingState.PAUSED
    command(machine.site, "resume", "--category", "money")
    machine.ends(mailing)
    assert machine.got("money") == once(readers["money"])


def test_an_edition_that_is_paused_stops_at_once_and_goes_on_where_it_stopped(
    machine: Machine,
) -> None:
    readers = subscribe(machine.app, READERS, "arts")
    edition, mailing = machine.send("arts")
    paused = command(machine.site, "editions", "pause", str(edition), *WHY)
    machine.stands_still("arts", paused)
    command(machine.site, "editions", "resume", str(edition))
    machine.ends(mailing)
    assert machine.got("arts") == once(readers)


def test_an_edition_that_is_cancelled_goes_no_further(machine: Machine) -> None:
    subscribe(machine.app, READERS, "food")
    edition, mailing = machine.send("food")
    cancelled = command(machine.site, "editions", "cancel", str(edition), *WHY)
    machine.stands_still("food", cancelled)
    found, got = machine.app.ledger.get(mailing), machine.got("food")
    assert found.state is MailingState.CANCELLED
    # What was in the relay's hands when it was cancelled is known to be sent.
    assert found.sent == len(got)
    assert set(got.values()) == {1}
