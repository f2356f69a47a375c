"""The life of the state in Redis: whoever sends shows that it goes on, and asks whether it may.

One round trip answers that. It is asked once a chunk, a tick, a sweep and a letter, and with each
sign of life of a chunk's worker; never once a message.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from syndicate.errors import LockedError, StateError
from syndicate.store.note import NoteFile
from syndicate.store.vouching import Known, Note, Verdict, judge

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from syndicate.store.client import Store

_log = structlog.get_logger()

#: Seconds between two beats of a process. What is older is on disk: Redis loses two seconds at the
#: most when the power fails (AOF everysec).
_EVERY = 5.0
#: Seconds after the last beat in which somebody may still be at work: a sweep comes once a minute.
_ALIVE = 90.0


@dataclass(frozen=True, slots=True)
class _Beat:
    id: str
    number: int
    at: float


class Life:
    """That of one site's state, as this process sees it."""

    def __init__(self, store: Store, folder: Path, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock
        self._notes = NoteFile(folder)
        self._last: _Beat | None = None
        #: Whether nothing might be sent when this process last asked.
        self.is_locked = False

    def require(self) -> None:
        """Go on, if mail may go out by this state.

        Raises:
            LockedError: it may not, before an operator has said so.
            SettingsError: the state folder can't be written.
        """
        machine, note, known = self._seen()
        verdict, why = judge(known, note, machine)
        self.is_locked = bool(why)
        if verdict in (Verdict.OLDER, Verdict.EMPTIED):
            self.lock(why)
        if why:
            raise LockedError(
                f"nothing is sent: {why}; `syndicate unlock` shows what would go out, and lets it"
            )
        if verdict is Verdict.NEW:
            known = self._begin(uuid.uuid4().hex, known.server)
        elif verdict is Verdict.VOUCH:
            self._store.text.hset(self._store.keys.state, "run", known.server)
            _log.info("redis was restarted", state=known.id, beat=known.beat)
        self._beat(known, note, machine)

    def may_send(self) -> bool:
        """The same as a question; the log says why not."""
        try:
            self.require()
        except LockedError as error:
            _log.error("locked", reason=str(error))
            return False
        return True

    def standing(self) -> str:
        """Why nothing is sent; empty if all is well. Changes nothing."""
        machine, note, known = self._seen()
        return judge(known, note, machine)[1]

    def known(self) -> Known:
        """What Redis has of itself, and the name of its run, from one moment."""
        pipe = self._store.text.pipeline()
        pipe.hgetall(self._store.keys.state)
        pipe.info("server")
        found, server = pipe.execute()
        return _known(found, str(server["run_id"]))

    def is_alive(self) -> bool:
        """Whether somebody is at work, or was just now."""
        known = self.known()
        silent = self._clock().timestamp() - known.at
        return known.run == known.server and abs(silent) < _ALIVE

    def _seen(self) -> tuple[str, Note | None, Known]:
        """This machine, its note, and what Redis has of itself.

        In this order: what a note says, Redis has had before. Others may go on meanwhile.
        """
        return self._notes.machine(), self._notes.read(), self.known()

    # How it ends and begins anew

    def lock(self, why: str, *, restoring: bool = False) -> None:
        """Have nothing sent by it any more, on any machine; the first reason stands."""
        key = self._store.keys.state
        pipe = self._store.text.pipeline()
        if restoring:
            pipe.hset(key, "restoring", "1")
        pipe.hsetnx(key, "locked", why)
        pipe.execute()

    def restored(self, why: str) -> None:
        """End a restore: the state is whole, and locked for this reason."""
        pipe = self._store.text.pipeline()
        pipe.delete(self._store.keys.state)
        pipe.hset(self._store.keys.state, mapping={"id": uuid.uuid4().hex, "locked": why})
        pipe.execute()

    def unlock(self) -> None:
        """Begin a new life: from now on, what others know of the one before counts for nothing.

        This machine vouches for it, also if Redis is restarted before anything was sent.

        Raises:
            SettingsError: the state folder can't be written.
            StateError: a restore was begun and not ended.
        """
        known, now = self.known(), self._clock().timestamp()
        if known.restoring:
            raise StateError("a restore stopped half-way; run `syndicate restore --replace` again")
        note = Note(id=uuid.uuid4().hex, beat=0, at=now, machine=self._notes.machine())
        # First: a machine that can't write it down can't vouch for it.
        self._notes.write(note)
        self._begin(note.id, known.server)

    def _begin(self, name: str, server: str) -> Known:
        """A life by this run of Redis; where two begin it at once, the last is it."""
        known = Known(id=name, run=server, server=server)
        pipe = self._store.text.pipeline()
        pipe.delete(self._store.keys.state)
        pipe.hset(self._store.keys.state, mapping={"id": known.id, "beat": 0, "run": known.run})
        pipe.execute()
        return known

    def _beat(self, known: Known, note: Note | None, machine: str) -> None:
        now, last = self._clock().timestamp(), self._last
        own = note if note and (note.id, note.machine) == (known.id, machine) else None
        same = last is not None and last.id == known.id
        # Any jump of the clock is a reason for a beat.
        if own and same and last and abs(now - last.at) < _EVERY:
            return
        pipe = self._store.text.pipeline()
        pipe.hincrby(self._store.keys.state, "beat", 1)
        pipe.hset(self._store.keys.state, "at", repr(now))
        number = int(pipe.execute()[0])
        durable = max(own.beat if own else 0, last.number if same and last else 0)
        self._notes.write(Note(id=known.id, beat=durable, at=now, machine=machine))
        self._last = _Beat(known.id, number, now)


def _known(found: dict[str, Any], server: str) -> Known:
    return Known(
        id=found.get("id", ""),
        beat=int(found.get("beat", 0)),
        at=float(found.get("at", 0)),
        run=found.get("run", ""),
        server=server,
        locked=found.get("locked", ""),
        restoring="restoring" in found,
    )
