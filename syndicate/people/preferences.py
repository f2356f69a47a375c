"""Preferences: what a subscriber changes of his own record, by a link that only he has."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from syndicate.delivery.letters import Letter
from syndicate.digests.letters import Kind
from syndicate.digests.merge import names
from syndicate.errors import NotFoundError
from syndicate.settings.words import parse
from syndicate.subscribers import changes
from syndicate.subscribers.address import lookup_key
from syndicate.subscribers.limits import ASKED
from syndicate.subscribers.model import Reason
from syndicate.subscribers.tokens import Claim, Purpose, link, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from syndicate.settings import Settings
    from syndicate.settings.key import Keyring
    from syndicate.stores import Stores
    from syndicate.subscribers.limits import Limits
    from syndicate.subscribers.model import Digest, Subscriber

#: The longest pause; whoever wants none of it for longer leaves.
LONGEST_PAUSE = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What he changed on a page that showed how things stood then; all else stays as it is by now.

    So two pages that are open at a time don't undo each other's changes.
    """

    join: frozenset[Digest] = frozenset()
    leave: frozenset[Digest] = frozenset()
    #: Cadence → what comes first in a mail of all in one; None: each digest by itself.
    together: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    #: None leaves a thing as it is.
    name: str | None = None
    language: str | None = None
    zone: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)

    def made_to(self, one: Subscriber, now: datetime) -> Subscriber:
        """The subscriber as he is after it.

        What he joins is active at once: the link of this page was mailed to him, so that he who has
        it reads that address, which is all that a second mail could ask.
        """
        one = changes.confirm(one, sorted(self.join), now)
        one = changes.leave(one, sorted(self.leave), now)
        for cadence, first in self.together.items():
            one = changes.choose_together(one, cadence, first)
        return changes.describe(
            one, name=self.name, language=self.language, zone=self.zone, fields=self.fields
        )


class Preferences:
    """What subscribers of one site do to their records: one change at a time, with its consent."""

    def __init__(
        self,
        settings: Settings,
        stores: Stores,
        limits: Limits,
        keyring: Callable[[], Keyring],
        clock: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._subscribers = stores.subscribers
        self._letters = stores.letters
        self._suppressions = stores.suppressions
        self._limits = limits
        self._moves = stores.moves
        self._keyring = keyring
        self._clock = clock

    # His link

    def claim(self, token: str, purpose: Purpose) -> Claim:
        """What the token of a link says; it may be expired.

        Raises:
            TokenError: it is none of ours.
        """
        return verify(self._keyring(), token, purpose)

    def link(self, subscriber: int, stamp: int | None = None) -> str:
        """The URL of his preferences, good from now on, or as if it were made at that second."""
        made = int(self._clock().timestamp()) if stamp is None else stamp
        claim = Claim(Purpose.PREFERENCES, subscriber, made)
        return link(self._settings.web.url, self._keyring().current, claim)

    def reader(self, claim: Claim) -> Subscriber:
        """Whose link it is.

        Raises:
            NotFoundError: nothing is kept of him any more.
        """
        found = self._subscribers.get([claim.subscriber])
        if not found:
            raise NotFoundError("nothing is kept of this subscriber any more")
        return found[0]

    # His record

    @property
    def own_fields(self) -> tuple[str, ...]:
        """What merge fields of this site want to know of him, beside his name."""
        rules = (*self._settings.cadences, *self._settings.digests)
        said = (
            parse(text, subject="") for one in rules for text in (one.subject, one.greeting) if text
        )
        return tuple(name for name in names(*said) if name != "name")

    def edit(self, subscriber: int, edit: Edit, how: Mapping[str, str]) -> None:
        """Change what he changed.

        Raises:
            NotFoundError: nothing is kept of him any more.
        """
        now = self._clock()
        self._subscribers.alter(subscriber, lambda one: edit.made_to(one, now), now, how)

    def pause(self, subscriber: int, until: datetime | None, how: Mapping[str, str]) -> None:
        """Send him nothing until then, or (None) again what he is subscribed to.

        Raises:
            NotFoundError: nothing is kept of him any more.
        """
        self._subscribers.alter(
            subscriber, lambda one: changes.pause(one, until), self._clock(), how
        )

    def pause_end(self, one: Subscriber, day: date) -> datetime | None:
        """When a pause until that day ends: as the day begins where he is; None: it can't be."""
        first, last = self.pause_days(one)
        zone = self.zone_of(one)
        return datetime.combine(day, time(), zone).astimezone(UTC) if first <= day <= last else None

    def pause_days(self, one: Subscriber) -> tuple[date, date]:
        """The first and the last day that a pause of his can end on."""
        today = self._clock().astimezone(self.zone_of(one)).date()
        return today + timedelta(days=1), today + LONGEST_PAUSE

    def zone_of(self, one: Subscriber) -> ZoneInfo:
        """Where he is, or else the site."""
        return ZoneInfo(one.zone) if one.zone else self._settings.site.zone

    # His address

    def ask_to_move(self, subscriber: int, address: str) -> bool:
        """Ask at an address that `parse_address` gave whether he wants his mail there.

        False: he has named too many in a day.

        Nothing tells him whether it is a subscriber's already, whose owner hears of it, or whether
        nothing may be sent to it (STANDARDS S-2). An address is asked no more often than by a
        sign-up. Whoever calls this has the task `post` sent.
        """
        if self._moves.is_too_much(subscriber):
            return False
        now, rules = self._clock(), self._settings.signup
        barred, counts = self._suppressions.which([address]), self._limits.of(address, now)
        # Who had himself erased may come back, if he wants to.
        is_barred = any(why.reason is not Reason.ERASED for why in barred.values())
        is_full = counts.domain >= rules.per_domain or counts.everybody >= rules.per_hour
        is_asked = counts.asked_at or counts.unanswered >= rules.per_address
        if is_barred or is_full or is_asked:
            return True
        # The letter's link is stamped with the moment by which the address is found.
        self._moves.ask(subscriber, address, now)
        self._letters.post(Letter(kind=Kind.MOVE, subscriber=subscriber, asked_at=now))
        self._limits.letter(ASKED, address, now)
        return True

    def wanted_address(self, claim: Claim) -> str:
        """Where the link of a move leads.

        Raises:
            NotFoundError: it was used, another was asked for since, or its time is over.
        """
        wanted = self._moves.wanted(claim.subscriber, claim.number)
        if not wanted or claim.is_expired(self._clock()):
            raise NotFoundError("this link was used already, or is too old")
        return wanted

    def move(self, claim: Claim, how: Mapping[str, str]) -> None:
        """Have his mail go to the address that he asked for.

        Raises:
            ConflictError: it is another subscriber's.
            NotFoundError: nothing is known of it, or of him, any more.
        """
        address = self.wanted_address(claim)
        now, lifted = self._clock(), self._suppressions.welcome_back(address)
        # What barred the old address stays on the list; he isn't barred by it any more.
        still = self._suppressions.barring([address]).get(address)

        def move(one: Subscriber) -> Subscriber:
            return changes.lift(changes.move(one, address), still)

        self._subscribers.alter(claim.subscriber, move, now, how, lifted)
        self._moves.forget(claim.subscriber)
        self._limits.answered(address)

    def owner(self, address: str) -> Subscriber | None:
        """Whose address it is; only for a page that its owner alone can see."""
        return self._subscribers.known([address]).get(lookup_key(address))
