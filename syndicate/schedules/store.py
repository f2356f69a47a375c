"""The schedules of a site, in Redis: any number of beats may ask, and one is let through."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from syndicate.schedules.agenda import Change, Due, Held, Kind
from syndicate.schedules.model import slot_name
from syndicate.schedules.scope import Scope
from syndicate.schedules.timetable import Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from contextlib import AbstractContextManager

    from syndicate.store.client import Store

#: Changes that are remembered: years of them, where they are made by hand.
_LOG = 1000
#: Between a slot and its scope; no slot's name holds one.
_BETWEEN = " "


class ScheduleStore:
    """The timetables of one site, and what is due by them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._text, self._keys = store.text, store.keys

    def turn(self) -> AbstractContextManager[Callable[[], None]]:
        """Be the only one who sees to slots; call what it yields before each step.

        Raises:
            BusyError: somebody else does now.
        """
        return self._store.lock("tick")

    # Timetables

    def entries(self, scopes: Sequence[Scope]) -> dict[Scope, Entry]:
        """The timetables of these that have one of their own."""
        if not scopes:
            return {}
        found = self._text.hmget(self._keys.schedules, [str(scope) for scope in scopes])
        rows = zip(scopes, cast("list[str | None]", found), strict=True)
        return {scope: Entry.from_json(row) for scope, row in rows if row}

    def all(self) -> dict[Scope, Entry]:
        """All timetables that there are."""
        found = cast("dict[str, str]", self._text.hgetall(self._keys.schedules))
        return {Scope.parse(name): Entry.from_json(row) for name, row in sorted(found.items())}

    def put(
        self,
        change: Change,
        before: Entry | None,
        after: Entry | None,
        following: datetime,
        over: Collection[Scope] = (),
    ) -> bool:
        """Put another timetable in the place of one, or (None) take it away; log the change.

        `following` is its next slot, `over` names skips that are not to be any more. False if
        somebody else has changed it meanwhile.
        """
        keys = self._keys
        done = self._store.run(
            "put_timetable",
            [keys.schedules, keys.schedules_due, keys.schedules_skips, keys.schedules_log],
            [
                str(change.scope),
                *(entry.to_json() if entry else "" for entry in (before, after)),
                *(following.timestamp(), change.at.timestamp()),
                *(_change_json(change), _LOG),
                *map(str, over),
            ],
        )
        return bool(done)

    def note(self, change: Change) -> None:
        """Write down what somebody changed."""
        pipe = self._text.pipeline()
        pipe.lpush(self._keys.schedules_log, _change_json(change))
        pipe.ltrim(self._keys.schedules_log, 0, _LOG - 1)
        pipe.execute()

    def log(self) -> list[Change]:
        """What was changed, the newest first."""
        rows = self._text.lrange(self._keys.schedules_log, 0, -1)
        return [_change(row) for row in cast("list[str]", rows)]

    # What is due

    def due(self, until: datetime) -> list[Due]:
        """All that is due by then, the first first."""
        key, last = self._keys.schedules_due, until.timestamp()
        rows = self._text.zrangebyscore(key, "-inf", last, withscores=True)
        return [Due.of(*row) for row in cast("list[tuple[str, float]]", rows)]

    def agenda(self) -> list[Due]:
        """All that is ever due, the first first."""
        rows = self._text.zrange(self._keys.schedules_due, 0, -1, withscores=True)
        return [Due.of(*row) for row in cast("list[tuple[str, float]]", rows)]

    def awaits(self, digest: Scope, moment: datetime) -> bool:
        """Whether somebody is still to see to a slot of a digest."""
        of = (digest, Scope(digest.cadence))
        wanted = [Due(scope, moment, kind) for scope in of for kind in Kind]
        members = [due.member for due in wanted]
        scores = self._text.zmscore(self._keys.schedules_due, members)
        last = moment.timestamp()
        return any(score is not None and float(score) <= last for score in scores)

    def add(self, due: Due) -> bool:
        """Have something be due besides timetables; False if it was already at that moment.

        Of what was missed there is one of each: the newest.
        """
        member, score = due.member, due.moment.timestamp()
        done = self._text.zadd(self._keys.schedules_due, {member: score}, ch=True)
        return bool(done)

    def withdraw(self, due: Due) -> bool:
        """Have something be due no more; False if it wasn't."""
        return bool(self._text.zrem(self._keys.schedules_due, due.member))

    def claim(
        self,
        due: Due,
        following: datetime | None,
        *,
        hold: Held | None = None,
        over: Collection[Scope] = (),
    ) -> bool:
        """Be done with what was due, up to `following`, or (None) for good; False if somebody is.

        `hold` has its slot wait for a person, `over` names skips that have had their effect.
        """
        keys = self._keys
        done = self._store.run(
            "claim_slot",
            [keys.schedules_due, keys.schedules_held, keys.schedules_skips],
            [
                *(due.member, due.moment.timestamp()),
                *(following.timestamp() if following else "", _held_name(hold) if hold else ""),
                *(hold.at.isoformat() if hold else "", *map(str, over)),
            ],
        )
        return bool(done)

    # Held slots

    def held(self, cadence: str = "") -> list[Held]:
        """Slots that were missed for longer than the grace and wait for a person, in order."""
        rows = cast("dict[str, str]", self._text.hgetall(self._keys.schedules_held))
        found = []
        for name, at in sorted(rows.items()):
            slot, _, scope = name.partition(_BETWEEN)
            found.append(Held(slot, Scope.parse(scope), datetime.fromisoformat(at)))
        return [held for held in found if cadence in ("", held.scope.cadence)]

    def settle(self, held: Held) -> bool:
        """Have a slot be held no more; False if it wasn't."""
        return bool(self._text.hdel(self._keys.schedules_held, _held_name(held)))

    # Skips

    def skips(self) -> dict[Scope, str]:
        """The slot, by scope, in which nothing goes out."""
        rows = cast("dict[str, str]", self._text.hgetall(self._keys.schedules_skips))
        return {Scope.parse(name): slot for name, slot in sorted(rows.items())}

    def skip(self, scope: Scope, moment: datetime) -> None:
        """Have nothing go out in a slot."""
        self._text.hset(self._keys.schedules_skips, str(scope), slot_name(moment))

    def unskip(self, scope: Scope) -> bool:
        """Have it go out after all; False if nothing was to be skipped."""
        return bool(self._text.hdel(self._keys.schedules_skips, str(scope)))

    # A category's new name

    def rename(self, old: Scope, new: Scope) -> None:
        """Have all that is about a digest be about another. A repetition changes nothing."""
        keys, pipe = self._keys, self._text.pipeline()
        for key in (keys.schedules, keys.schedules_skips, keys.pauses):
            value = self._text.hget(key, str(old))
            if value is not None:
                pipe.hsetnx(key, str(new), value)
                pipe.hdel(key, str(old))
        for due in self.agenda():
            if due.scope == old:
                moved = Due(new, due.moment, due.kind)
                pipe.zadd(keys.schedules_due, {moved.member: due.moment.timestamp()}, nx=True)
                pipe.zrem(keys.schedules_due, due.member)
        for held in self.held():
            if held.scope == old:
                moved_to = Held(held.slot, new, held.at)
                pipe.hset(keys.schedules_held, _held_name(moved_to), held.at.isoformat())
                pipe.hdel(keys.schedules_held, _held_name(held))
        pipe.execute()


def _held_name(held: Held) -> str:
    return f"{held.slot}{_BETWEEN}{held.scope}"


def _change_json(change: Change) -> str:
    values = {"at": change.at.isoformat(), "by": change.by, "scope": str(change.scope)}
    return json.dumps(values | {"what": change.what}, ensure_ascii=False)


def _change(text: str) -> Change:
    values = json.loads(text)
    at = datetime.fromisoformat(values["at"]).astimezone(UTC)
    return Change(at, values["by"], Scope.parse(values["scope"]), values["what"])
