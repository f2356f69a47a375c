"""How a site's service is, on one screen: what runs, what waits, what is held, what went wrong.

It costs a few dozen commands and one for each mailing under way, however many categories and
readers there are. What is wrong is told by rules over values.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from syndicate.delivery.bounces.model import Kind
from syndicate.delivery.model import MailingState
from syndicate.delivery.relays.model import Condition
from syndicate.digests.model import Life
from syndicate.schedules.agenda import Due
from syndicate.schedules.model import next_slot
from syndicate.schedules.pauses import PauseStore
from syndicate.schedules.scope import Scope
from syndicate.store.keys import QUEUES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from syndicate.app import App
    from syndicate.delivery.model import Mailing
    from syndicate.settings import Cadence

#: What is done every minute was not done for so long that it isn't done any more.
_SILENCE = timedelta(minutes=3)
#: A worker gives a sign of life every few seconds.
_DEAD = timedelta(minutes=1)
#: A task that waits for longer is not waiting for its turn.
_LONG = timedelta(minutes=10)
#: Mailings that tell how many of their readers were suppressed.
_LAST = 20


@dataclass(frozen=True, slots=True)
class Service:
    """One of the processes that a site needs."""

    name: str
    fine: bool
    said: str


@dataclass(frozen=True, slots=True)
class Queue:
    """Tasks that no worker has taken yet."""

    name: str
    tasks: int
    #: Seconds for which the oldest has waited; None: there is none, or it doesn't say.
    oldest: float | None


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A cadence: what it did last, what it does next, what it waits for."""

    cadence: str
    #: When its last edition that went out was cut; None: none was.
    last: datetime | None
    next: datetime
    #: Categories that have posts for it.
    waiting: int
    #: Slots that were missed, and wait for a person; of all its categories.
    held: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A mailing that waits for something."""

    mailing: int
    state: str
    why: str


@dataclass(frozen=True, slots=True)
class Mail:
    """What is on its way, and what came of the last that was."""

    mailings: int
    #: Messages of theirs that are still to go out.
    open: int
    #: When the oldest of them was ordered.
    oldest: datetime | None
    troubles: tuple[Trouble, ...]
    #: Letters to single readers that are still to go out.
    letters: int
    #: Of the last mailings: messages tried, and readers who were suppressed by what came back.
    tried: int
    suppressed: int

    @property
    def suppression(self) -> float:
        """Suppressed readers of the last mailings, in hundredths."""
        return 100 * self.suppressed / self.tried if self.tried else 0.0


@dataclass(frozen=True, slots=True)
class Breaker:
    """A relay, and whether it is used."""

    relay: str
    condition: Condition
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All of it, at one moment."""

    at: datetime
    services: tuple[Service, ...]
    queues: tuple[Queue, ...]
    rhythms: tuple[Rhythm, ...]
    drafts: int
    held: int
    mail: Mail
    breakers: tuple[Breaker, ...]
    #: What a person has paused, by whom and why: a line each.
    pauses: tuple[str, ...]
    #: Why nothing at all is sent by this state; empty: it is the one that mail goes out by.
    locked: str


def wrongs(now: Overview) -> list[str]:
    """What is wrong, a line each, with its remedy; drafts are not: to wait is their purpose."""
    away = [f"{service.name}: {service.said}" for service in now.services if not service.fine]
    return [*away, *waits(now)]


def waits(now: Overview) -> Iterator[str]:
    """The same but for processes that are away: what waits, and shouldn't."""
    if now.locked:
        yield f"nothing is sent: {now.locked}; `syndicate unlock` shows what would go out"
    for queue in now.queues:
        if queue.oldest is not None and queue.oldest > _LONG.total_seconds():
            tasks = f"{queue.tasks} tasks, the oldest for {span(queue.oldest)}"
            yield f"queue {queue.name}: {tasks}; does a worker serve it (-Q)?"
    for rhythm in now.rhythms:
        if rhythm.held:
            missed = f"{len(rhythm.held)} slots were missed, the last {rhythm.held[-1]}"
            yield f"cadence {rhythm.cadence}: {missed}; `syndicate schedule run-held` runs one"
    if now.held:
        yield f"{now.held} editions are held; `syndicate editions list` has them"
    for trouble in now.mail.troubles:
        yield f"mailing m{trouble.mailing} is {trouble.state}: {trouble.why}"
    for breaker in now.breakers:
        if breaker.condition in (Condition.DOWN, Condition.HELD):
            remedy = f"`syndicate relays test {breaker.relay}` tries it"
            yield f"relay {breaker.relay} is {breaker.condition}: {breaker.why}; {remedy}"


def span(seconds: float) -> str:
    """A length of time as people say it: `40 s`, `12 min`, `3 h`, `2 days`."""
    for name, size, upto in (("s", 1, 120), ("min", 60, 7200), ("h", 3600, 172_800)):
        if seconds < upto:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds / 86_400:.0f} days"


def look(app: App, services: Sequence[Service], ping: Callable[[], Sequence[str]]) -> Overview:
    """A site's service now; `services` are those that Redis knows nothing of.

    `ping` gives the names of the workers that answer; it is asked if none gave a sign by itself, as
    one that has child processes doesn't.
    """
    now, lives, held = app.clock(), app.editions.lives(), _held(app)
    standings = ((name, app.roads.standing(name)) for name in app.roads.names)
    cadences = app.settings.cadences
    return Overview(
        at=now,
        services=(*services, _workers(app, now, ping), _beat(app, now)),
        queues=tuple(_queues(app, now)),
        rhythms=tuple(_rhythm(app, one, held.get(one.name, ()), now) for one in cadences),
        drafts=lives[Life.DRAFT],
        held=lives[Life.HELD],
        mail=_mail(app),
        breakers=tuple(Breaker(name, one.condition, one.why) for name, one in standings),
        pauses=tuple(map(str, PauseStore(app.store).all().values())),
        locked=app.life.standing(),
    )


def _workers(app: App, now: datetime, ping: Callable[[], Sequence[str]]) -> Service:
    dead = (now - _DEAD).timestamp()
    signs = sorted((name, sign) for name, sign in app.pulse.signs().items() if sign.at > dead)
    names = [f"{name} (at {sign.task})" if sign.task else name for name, sign in signs]
    names = names or sorted(ping())
    if not names:
        return Service("workers", fine=False, said="none answers; start `syndicate up`")
    return Service("workers", fine=True, said=f"{len(names)}: {', '.join(names)}")


def _beat(app: App, now: datetime) -> Service:
    """Beat asks for a tick and a sweep every minute, and workers do them."""
    last = app.pulse.last()
    done = [f"{name} {_ago(last.get(name), now)}" for name in ("tick", "sweep")]
    # A new service sweeps at once, and ticks a minute later.
    known = [last[name] for name in ("tick", "sweep") if name in last]
    fine = bool(known) and all(now - moment < _SILENCE for moment in known)
    said = ", ".join(done)
    return Service("beat", fine, said if fine else f"{said}; see that beat and a worker run")


def _ago(moment: datetime | None, now: datetime) -> str:
    return f"{span((now - moment).total_seconds())} ago" if moment else "never"


def _queues(app: App, now: datetime) -> Iterator[Queue]:
    pipe = app.store.text.pipeline(transaction=False)
    for name in QUEUES:
        pipe.llen(app.store.keys.queue(name))
        # Celery puts new ones to the left.
        pipe.lindex(app.store.keys.queue(name), -1)
    found = pipe.execute()
    for name, tasks, oldest in zip(QUEUES, found[::2], found[1::2], strict=True):
        yield Queue(name, tasks, _waited(oldest, now) if oldest else None)


def _waited(task: str, now: datetime) -> float | None:
    """Seconds since a task was put into its queue, as its header says."""
    with suppress(ValueError, KeyError, TypeError):
        return max(0.0, now.timestamp() - float(json.loads(task)["headers"]["queued_at"]))
    # Not one of ours, or of an older program.
    return None


def _rhythm(app: App, cadence: Cadence, held: Sequence[str], now: datetime) -> Rhythm:
    keys, text = app.store.keys, app.store.text
    last = app.editions.mailed(cadence.name, None, 1, None)
    # Before the first tick there is nothing in the list of what is due.
    due = text.zscore(keys.schedules_due, Due(Scope(cadence.name), now).member)
    zone = ZoneInfo(cadence.timezone or app.settings.site.timezone)
    return Rhythm(
        cadence=cadence.name,
        last=app.editions.get(last[0]).cut_at if last else None,
        next=datetime.fromtimestamp(due, UTC) if due else next_slot(cadence.cron, zone, now),
        waiting=text.scard(keys.waiting(cadence.name)),
        held=tuple(held),
    )


def _held(app: App) -> dict[str, list[str]]:
    """The slots that wait for a person, by their cadence, the oldest first."""
    found: dict[str, list[str]] = {}
    for held in app.schedules.held():
        found.setdefault(held.scope.cadence, []).append(held.slot)
    return found


def _mail(app: App) -> Mail:
    mailings = app.ledger.several(app.ledger.active())
    last = app.ledger.several(app.ledger.latest(_LAST))
    back = app.bounces.record.of_mailings([mailing.id for mailing in last])
    barring = (Kind.HARD, Kind.COMPLAINT)
    return Mail(
        mailings=len(mailings),
        open=sum(mailing.open for mailing in mailings),
        oldest=min((mailing.ordered_at for mailing in mailings), default=None),
        troubles=tuple(map(_trouble, filter(_is_troubled, mailings))),
        letters=app.store.text.zcard(app.store.keys.letters_due),
        tried=sum(mailing.sent + mailing.failed for mailing in last),
        suppressed=sum(counts.get(kind, 0) for counts in back.values() for kind in barring),
    )


def _is_troubled(mailing: Mailing) -> bool:
    return bool(mailing.trouble) or mailing.state is MailingState.PAUSED


def _trouble(mailing: Mailing) -> Trouble:
    return Trouble(mailing.id, mailing.state, mailing.trouble or "nobody said why")
