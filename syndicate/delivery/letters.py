"""Letters on their way, in Redis: posted by what a person did, kept until a relay has them.

A letter is ids and the moment of the act; what it says, and where it goes, is made of them when it
is sent. It holds no address: who is erased meanwhile leaves none here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from syndicate.delivery.model import State
from syndicate.digests.letters import Kind
from syndicate.subscribers.model import Digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from syndicate.store.client import Store

#: Seconds for which an act is known to have had its letter: a day more than a letter is tried.
_REMEMBERED = 3 * 86400
#: What tells the digests of a record apart: no category's name holds a control character.
_BETWEEN = "\n"
#: What a record says in words, beside the message.
_FIELDS = ("kind", "subscriber", "asked_at", "digests", "attempts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter that waits."""

    #: Unique in the site; 0 until it is posted.
    id: int = 0
    kind: Kind
    subscriber: int
    #: When he did what it is about, in whole seconds: its links are stamped with it.
    asked_at: datetime
    #: What he asked for, gets or has left.
    digests: tuple[Digest, ...] = ()
    #: How often a relay put it off.
    attempts: int = 0
    #: As it was first made, from `MessageTemplate.dumps`; empty before.
    message: bytes = b""


@dataclass(frozen=True, slots=True)
class Leased:
    """A letter in one worker's hands, until he gives it back or is taken for dead."""

    letter: Letter
    #: Grows with every lease.
    token: int


class Letters:
    """The letters of one site."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def post(self, letter: Letter, act: str = "") -> int:
        """Have a letter go out, due at once; its id.

        `act` names what it is about, without any address: whoever repeats it gets the id of the
        letter that there was, be it sent or not.
        """
        keys = self._store.keys
        reserved = int(self._store.text.incr(keys.letter_seq))
        posted = self._store.run(
            "post_letter",
            [keys.letters_due, keys.letter(reserved), *([keys.act(act)] if act else [])],
            [
                *(reserved, letter.asked_at.timestamp(), _REMEMBERED),
                *("kind", letter.kind, "subscriber", letter.subscriber),
                *("asked_at", int(letter.asked_at.timestamp())),
                *("digests", _BETWEEN.join(map(str, letter.digests))),
            ],
        )
        return int(posted)

    def is_due(self, now: datetime) -> bool:
        """Whether there is a letter that may be taken."""
        due = self._store.text.zcount(self._store.keys.letters_due, "-inf", now.timestamp())
        return bool(due)

    def lease(self, now: datetime, dead_at: float) -> Leased | None:
        """Take the letter that is due first; None if none is."""
        keys = self._store.keys
        while taken := self._store.run(
            "lease_letter",
            [keys.letters_due, keys.letter_leases, keys.fence],
            [now.timestamp(), dead_at],
        ):
            number, token = map(int, taken)
            found = self._store.raw.hgetall(keys.letter(number))
            # One that ended just now has no record any more.
            if record := cast("dict[bytes, bytes]", found):
                return Leased(_letter(number, record), token)
        return None

    def renew(self, leased: Leased, dead_at: float) -> bool:
        """Show a sign of life; False if the letter has gone to another."""
        keys = self._store.keys
        done = self._store.run(
            "renew_lease",
            [keys.letters_due, keys.letter_leases],
            [leased.letter.id, leased.token, dead_at],
        )
        return bool(done)

    def keep(self, leased: Leased, message: bytes) -> bytes | None:
        """Keep its message for all tries; the one that was first, or None if the lease is lost."""
        key = self._store.keys.letter(leased.letter.id)
        kept = self._store.run(
            "keep_letter",
            [self._store.keys.letter_leases, key],
            [leased.letter.id, leased.token, message],
        )
        return cast("bytes | None", self._store.raw.hget(key, "message")) if kept else None

    def defer(self, leased: Leased, due_at: float, attempts: int) -> bool:
        """Give it back, due again at that moment; False if it has gone to another."""
        keys, letter = self._store.keys, leased.letter
        done = self._store.run(
            "defer_letter",
            [keys.letters_due, keys.letter_leases, keys.letter(letter.id)],
            [letter.id, leased.token, due_at, attempts],
        )
        return bool(done)

    def end(self, letter: Letter, state: State) -> bool:
        """Nothing more is to be done about it: it is counted and gone. False if it was already."""
        keys = self._store.keys
        done = self._store.run(
            "end_letter",
            [keys.letters_due, keys.letter_leases, keys.letter(letter.id), keys.letter_counts],
            [letter.id, f"{letter.kind}:{state}"],
        )
        return bool(done)

    def counts(self) -> dict[tuple[Kind, State], int]:
        """How many letters of each kind were sent, failed, or had nobody to go to any more."""
        found = cast("dict[str, str]", self._store.text.hgetall(self._store.keys.letter_counts))
        pairs = ((name.split(":"), int(count)) for name, count in found.items())
        return {(Kind(kind), State(state)): count for (kind, state), count in pairs}


def _letter(number: int, record: Mapping[bytes, bytes]) -> Letter:
    text = {name: record.get(name.encode(), b"").decode() for name in _FIELDS}
    return Letter(
        id=number,
        kind=Kind(text["kind"]),
        subscriber=int(text["subscriber"]),
        asked_at=datetime.fromtimestamp(int(text["asked_at"]), UTC),
        digests=tuple(Digest.parse(each) for each in text["digests"].split(_BETWEEN) if each),
        attempts=int(text["attempts"] or 0),
        message=record.get(b"message", b""),
    )
