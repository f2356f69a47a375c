"""What became of a reader's messages: gathered from the ledger, his consents and what came back."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from syndicate.delivery.absence import was_subscribed, why_absent
from syndicate.delivery.bounces.store import MOST
from syndicate.delivery.fate import Fate, is_kept
from syndicate.delivery.history import History
from syndicate.delivery.model import MailingState
from syndicate.delivery.wording import absent, account, came_back, forgotten, unplanned
from syndicate.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from syndicate.app import App
    from syndicate.delivery.fate import Account
    from syndicate.delivery.history import Trace
    from syndicate.delivery.model import Mailing
    from syndicate.subscribers.model import Digest, Subscriber

#: How a mailing is named where an edition could be meant as well.
_MAILING = re.compile(r"m(?P<number>\d{1,18})")
_NUMBER = re.compile(r"(?P<number>\d{1,18})")
#: What is said where the record of consent has no reason for it.
_UNKNOWN = "the record of his consent doesn't say why"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of a subscriber's message of one mailing."""

    mailing: int
    #: Its editions; of all in one those whose digests he was subscribed to when it was ordered.
    editions: tuple[int, ...]
    #: What it is, such as "daily digest of tech, no. 12".
    what: str
    #: Whether it is of all in one.
    together: bool
    account: Account


def explain(app: App, one: Subscriber, which: str = "", most: int = 10) -> list[Told]:
    """What became of the mailings that concern a subscriber, the newest first, or of one of them.

    `which` is the id of an edition, or `m` and that of a mailing; empty: the newest of the digests
    that he has or had.

    Raises:
        NotFoundError: no such edition or mailing, or it isn't on its way yet.
    """
    numbers = _named(app, which) if which else _recent(app, one, most)
    mailings = [app.ledger.get(number) for number in numbers]
    # Nothing but counts is left of what ended long ago.
    kept = [mailing.id for mailing in mailings if is_kept(mailing, app.clock())]
    traces = History(app.store).find(kept, one.id, app.clock())
    teller = _Teller(app, one)
    told = [teller.tell(mailing, traces.get(mailing.id)) for mailing in mailings]
    return _without_twins(told)[:most]


def mailing_of(app: App, word: str) -> Mailing:
    """The mailing that a word names, as 12 or m12.

    Raises:
        NotFoundError: there is none.
    """
    found = _MAILING.fullmatch(word) or _NUMBER.fullmatch(word)
    if not found:
        raise NotFoundError(f"{word!r} is no mailing; `syndicate delivery list` names some")
    return app.ledger.get(int(found["number"]))


def _named(app: App, which: str) -> list[int]:
    """The mailings that a word names: one, or those that an edition goes out in."""
    if found := _MAILING.fullmatch(which):
        return [app.ledger.get(int(found["number"])).id]
    if not _NUMBER.fullmatch(which):
        raise NotFoundError(f"{which!r} is neither an edition, as in 12, nor a mailing, as in m12")
    mailings = app.editions.mailings_of(app.editions.get(int(which)).id)
    if not mailings:
        raise NotFoundError(
            f"edition {which} isn't on its way yet; `syndicate editions show` tells"
        )
    return list(mailings)


def _recent(app: App, one: Subscriber, most: int) -> list[int]:
    """The newest mailings of the digests that he has or had, the newest first."""
    found: set[int] = set()
    for digest in one.subscriptions:
        for edition in app.editions.mailed(digest.cadence, digest.category, most, None):
            found.update(app.editions.mailings_of(edition))
    # An edition may be in two.
    return sorted(found, reverse=True)[: 2 * most]


def _without_twins(told: Sequence[Told]) -> list[Told]:
    """Without those that he isn't in, where the same editions are told of in another."""
    present = {n for each in told if each.account.fate is not Fate.ABSENT for n in each.editions}
    apart = {n for each in told if not each.together for n in each.editions}

    def is_twin(each: Told) -> bool:
        others = apart if each.together else present
        return each.account.fate is Fate.ABSENT and not others.isdisjoint(each.editions)

    return [each for each in told if not is_twin(each)]


class _Teller:
    """Tells one subscriber's story."""

    def __init__(self, app: App, one: Subscriber) -> None:
        self._app, self._one = app, one
        self._zone = app.settings.site.zone
        self._consents = app.subscribers.consents(one.id)
        self._back = [e for e in app.bounces.record.latest(MOST) if e.subscriber == one.id]

    def tell(self, mailing: Mailing, trace: Trace | None) -> Told:
        """What became of his message of a mailing."""
        digests = _digests(self._app, mailing)
        his = tuple(digests)
        if trace:
            found = account(trace, mailing, self._zone)
            back = [entry for entry in self._back if entry.mailing == mailing.id]
            found = replace(found, text=found.text + came_back(back, self._zone))
            his = self._his(mailing, digests)
        elif not is_kept(mailing, self._app.clock()):
            found = forgotten(mailing)
        elif mailing.state in (MailingState.ORDERED, MailingState.PLANNING):
            found = unplanned(mailing)
        else:
            found = absent(self._why_absent(mailing, digests))
        what = f"{_named_digests([digests[e] for e in his])}, edition {_listed(his)}"
        return Told(
            mailing=mailing.id,
            editions=his,
            what=what,
            together=mailing.together,
            account=found,
        )

    def _his(self, mailing: Mailing, digests: Mapping[int, Digest]) -> tuple[int, ...]:
        if not mailing.together:
            return mailing.editions
        his = (
            edition
            for edition, digest in digests.items()
            if was_subscribed(self._consents, digest, mailing.ordered_at)
        )
        return tuple(his) or mailing.editions

    def _why_absent(self, mailing: Mailing, digests: Mapping[int, Digest]) -> str:
        why = why_absent(
            self._one, self._consents, set(digests.values()), mailing.ordered_at, self._zone
        )
        if why:
            return why
        history, number = History(self._app.store), self._one.id
        if mailing.without and history.wanted_together(mailing.without, number):
            return f"he gets all in one, in mailing {mailing.without}"
        if mailing.together and not history.wanted_together(mailing.id, number):
            return "it is of all in one, and he wanted each by itself when it was ordered"
        return _UNKNOWN


def _digests(app: App, mailing: Mailing) -> dict[int, Digest]:
    """The editions of a mailing with what they are of."""
    return {n: app.desk.digest_of(app.editions.get(n)) for n in mailing.editions}


def _named_digests(digests: Collection[Digest]) -> str:
    cadence = next(iter(digests)).cadence
    names = sorted({digest.category for digest in digests})
    return f"{cadence} digest of {_listed(names)}"


def _listed(words: Iterable[object]) -> str:
    *first, last = map(str, words)
    return f"{', '.join(first)} and {last}" if first else last
