"""A locked state: what would go on if it were let, and how it is let."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import structlog

from syndicate.delivery.doubt import doubt
from syndicate.delivery.model import MailingState
from syndicate.errors import StateError

if TYPE_CHECKING:
    from syndicate.app import App
    from syndicate.delivery.model import Mailing

_log = structlog.get_logger()


class Since(StrEnum):
    """What went out since this state was taken, as the operator knows it."""

    #: Nothing did: all goes on as if nothing had happened.
    NOTHING = "nothing"
    #: Nobody knows: what is open counts as uncertain, and goes out again where its digest allows.
    RETRY = "retry"
    #: Nobody knows, and each mailing waits for a person.
    PAUSE = "pause"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What would go on."""

    #: Why nothing does now; empty: it isn't locked.
    why: str
    mailings: tuple[Mailing, ...]
    #: Timetables with a slot that has passed.
    late: int
    #: Letters that would go out: confirmations and the like.
    letters: int


def outlook(app: App) -> Outlook:
    """What would go on if the state were unlocked now."""
    store, now = app.store, app.clock().timestamp()
    return Outlook(
        why=app.life.standing(),
        mailings=tuple(app.ledger.several(app.ledger.active())),
        late=int(store.text.zcount(store.keys.schedules_due, "-inf", now)),
        letters=int(store.text.zcount(store.keys.letters_due, "-inf", now)),
    )


def unlock(app: App, since: Since, by: str, why: str) -> Outlook:
    """Have mail go out by this state; what goes on now.

    The mailings are seen to before the lock is gone, so what stops on the way is repeated.

    Raises:
        StateError: it isn't locked, or a restore stopped half-way.
    """
    found = outlook(app)
    if not found.why:
        raise StateError("the state isn't locked; nothing is to be done")
    if app.life.known().restoring:
        raise StateError("a restore stopped half-way; run `syndicate restore --replace` again")
    reason = f"unlocked by {by}: {why}" if why else f"unlocked by {by}"
    for mailing in found.mailings:
        if since is not Since.NOTHING:
            doubt(app.store, mailing.id)
        if since is Since.PAUSE:
            app.ledger.move(mailing.id, MailingState.PAUSED, reason, app.clock())
    app.life.unlock()
    _log.warning("unlocked", by=by, why=why, was=found.why, since=since)
    return found
