"""A site, its readers and its letters; who is owed what."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from syndicate.app import App
from syndicate.delivery.model import Lease, Outcome, State, is_set
from syndicate.digests import letters
from syndicate.digests.letters import Kind
from syndicate.digests.message import message_id
from syndicate.reports.deliveries import explain
from syndicate.settings import load
from syndicate.store import client
from syndicate.subscribers.model import Digest, Status

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from syndicate.delivery.fate import Fate
    from syndicate.delivery.model import Mailing
    from tests.chaos.record import Named

#: Before the daily slot of midnight UTC.
START = datetime(2026, 11, 23, 23, 59, tzinfo=UTC)
CATEGORIES = ("tech", "money", "travel")
#: Seconds that the engine waits for the answer to a final dot.
FINAL_DOT = 5.0
#: Where the clock stands still while messages are under way. No more than five seconds are waited
#: for within a turn, so that what is uncertain is left for the next.
LIMITS = f"""\
final_dot = {FINAL_DOT}
hard_limit = 60
lease = 120
visibility = 240
heartbeat = 5
"""
_SETTINGS = """\
[site]
title = "Lanjiang"
url = "https://blog.example"
language = "en"
timezone = "Asia/Shanghai"

[mail]
from = "Lanjiang <news@blog.example>"
postal_address = "1 Example Road, Example Town"

[redis]
url = "{url}"
prefix = "{prefix}"

[[cadences]]
name = "daily"
cron = "0 8 * * *"
uncertain = "{uncertain}"

[delivery]
{limits}# Nothing is given up here: what a relay does to a message, it does for a while.
expiry = 31536000
# Whatever comes back here was made so.
pause_on_bounces = {{ percent = 100 }}
pause_on_complaints = {{ percent = 100 }}
"""
_POST = """\
---
title: "About {category}"
date: 2026-11-20 08:00:00 +0800
categories: ["{category}"]
---
{body}
"""
#: Deliveries of a round that are explained: each is asked for by itself.
_EXPLAINED = 20
_BODY = "A paragraph that says little, and takes its time to do so, as many do.\n\n" * 12


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who gets mail."""

    id: int
    address: str
    categories: tuple[str, ...]
    #: Whether he has all in one.
    together: bool


@dataclass
class Site:
    """One site in one Redis, from the side of those who run it; it goes by the board's clock."""

    app: App
    readers: list[Reader] = field(default_factory=list)
    #: Letter → the address that it goes to.
    letters: dict[int, str] = field(default_factory=dict)

    @property
    def mailings(self) -> list[Mailing]:
        """All that were ordered."""
        return [self.app.ledger.get(number) for number in sorted(self.app.ledger.latest(20))]

    def category(self, mailing: Mailing) -> str:
        """What the mailing of one edition is about."""
        return self.app.editions.get(mailing.editions[0]).category

    def owed(self) -> set[tuple[int, int]]:
        """(mailing, reader): who is to get which message, had nobody left; 0: one yet to come."""
        one = {
            self.category(mailing): mailing.id for mailing in self.mailings if not mailing.together
        }
        every = next((mailing.id for mailing in self.mailings if mailing.together), 0)
        return {
            (every if reader.together else one.get(category, 0), reader.id)
            for reader in self.readers
            for category in reader.categories
        }

    def ids(self) -> dict[str, tuple[int, int]]:
        """Message-ID → mailing and reader."""
        key, domain = self.app.key.secret, self.app.postmaster.domain
        return {
            message_id(key, mailing.id, reader.id, domain): (mailing.id, reader.id)
            for mailing in self.mailings
            for reader in self.readers
        }

    def letter_ids(self) -> dict[str, int]:
        """Message-ID → letter."""
        key, domain = self.app.key, self.app.postmaster.domain
        return {letters.message_id(key, number, domain): number for number in self.letters}

    def reconnect(self) -> None:
        """Forget connections to a Redis that was killed."""
        for way in (self.app.store.text, self.app.store.raw):
            way.connection_pool.disconnect()

    def has_work(self) -> bool:
        """Whether something has yet to end."""
        far = self.app.clock() + timedelta(days=30)
        never_ordered = any(mailing == 0 for mailing, _ in self.owed())
        return never_ordered or bool(self.app.ledger.active()) or self.app.letters.is_due(far)


def make(
    folder: Path,
    url: str,
    prefix: str,
    clock: Callable[[], datetime],
    *,
    uncertain: str = "retry",
    limits: str = LIMITS,
) -> Site:
    """A site with a post in each category, none of which was mailed; its slot is a minute away."""
    (folder / "_posts").mkdir(parents=True)
    (folder / "syndicate.toml").write_text(
        _SETTINGS.format(url=url, prefix=prefix, limits=limits, uncertain=uncertain)
    )
    settings = load(folder)
    app = App(settings, client.connect(url, prefix), clock)
    app.sync()
    app.desk.tick()
    for category in CATEGORIES:
        text = _POST.format(category=category, body=_BODY)
        (folder / "_posts" / f"2026-11-20-about-{category}.md").write_text(text)
    app.sync()
    return Site(app)


def populate(
    site: Site, readers: int, letters_: int, draw: random.Random, *, together: float = 0.3
) -> None:
    """So many readers of one or more categories, and people who have yet to confirm.

    `together`: what part of the readers has all in one.
    """
    app = site.app
    for n in range(readers):
        wanted = tuple(draw.sample(CATEGORIES, draw.randint(1, len(CATEGORIES))))
        site.readers.append(_reader(app, f"reader{n}@y.example", wanted, draw.random() < together))
    tech = [Digest("daily", "tech")]
    for n in range(letters_):
        address = f"asks{n}@y.example"
        asking = app.subscribers.add(address, app.clock())
        app.subscribers.change(asking, tech, Status.PENDING, app.clock(), {"method": "test"})
        site.letters[app.post_letter(Kind.CONFIRM, asking, tech)] = address


def _reader(app: App, address: str, wanted: tuple[str, ...], together: bool) -> Reader:
    number = app.subscribers.add(address, app.clock())
    digests = [Digest("daily", category) for category in wanted]
    app.subscribers.change(number, digests, Status.ACTIVE, app.clock(), {"method": "test"})
    if together:
        app.subscribers.choose_together(number, "daily", [], app.clock(), {})
    return Reader(number, address, wanted, together)


def deliveries(app: App, mailing: int) -> dict[int, Outcome | None]:
    """Reader → what the ledger says of his message; None: it is open, and wasn't tried."""
    found: dict[int, Outcome | None] = {}
    chunks = app.store.text.hkeys(app.store.keys.part(mailing, "chunks"))
    for number in map(int, chunks):
        chunk = app.ledger.load(Lease(mailing, number, 0))
        for place, reader in enumerate(chunk.subscribers):
            sent = is_set(chunk.sent, place)
            found[reader] = Outcome(State.SENT) if sent else chunk.outcomes.get(place)
    return found


def _readers(app: App, mailing: int) -> dict[int, int]:
    """Delivery → its reader."""
    chunks = app.store.text.hkeys(app.store.keys.part(mailing, "chunks"))
    loaded = (app.ledger.load(Lease(mailing, number, 0)) for number in map(int, chunks))
    return {c.delivery(place): reader for c in loaded for place, reader in enumerate(c.subscribers)}


def told(site: Site, draw: random.Random) -> dict[tuple[int, int], Fate]:
    """(mailing, reader) → what becomes of it, as `syndicate delivery explain` has it; of some."""
    some = draw.sample(sorted(site.owed()), min(_EXPLAINED, len(site.owed())))
    return {
        (mailing, reader): each.account.fate
        for mailing, reader in some
        if mailing
        for each in explain(site.app, site.app.subscribers.get([reader])[0], f"m{mailing}")
    }


def uncertain(site: Site, named: Iterable[Named]) -> set[tuple[int, int, float]]:
    """(mailing, reader, until) of each time that the ledger was told that one may have arrived."""
    readers = {mailing.id: _readers(site.app, mailing.id) for mailing in site.mailings}
    return {(one.mailing, readers[one.mailing][one.delivery], one.until) for one in named}


def unfinished(site: Site) -> list[str]:
    """What has yet to end, and what is said of it."""
    missing = sorted(reader for mailing, reader in site.owed() if mailing == 0)
    said = [f"nothing was ordered for readers {missing}; {_slots(site)}"] if missing else []
    letters = site.app.store.text.zrange(site.app.store.keys.letters_due, 0, -1, withscores=True)
    said += [f"letters, each with when it is due: {letters}"] if letters else []
    said += [f"{mailing} is active" for mailing in site.mailings if not mailing.state.ended]
    return said + [
        f"mailing {mailing.id} {mailing.state}, reader {reader}: {said}"
        for mailing in site.mailings
        for reader, said in deliveries(site.app, mailing.id).items()
        if said is None or not said.final
    ]


def _slots(site: Site) -> str:
    schedules, cut = site.app.schedules, site.app.editions.latest(9)
    return f"due: {schedules.agenda()}, held: {schedules.held()}, cut: {cut}"
