"""Whether the state in Redis is the one that mail went out by: a pure rule over who saw what.

A snapshot that was put back, and a copy of a running system, look like the real thing. But Redis
names each of its runs anew, so whoever has just been started has to be vouched for; and a machine
vouches for a state that it was in touch with to the end, as the note in its state folder has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

#: Seconds that a machine may have been out of touch and still know how it ended: the service of a
#: machine beats once a minute at least.
_IN_TOUCH = 600.0

_EMPTIED = "Redis is empty, though this machine has sent by it: put its data back, or begin anew"


class Verdict(StrEnum):
    """What is to become of sending."""

    #: Nothing was ever sent by it: its life begins.
    NEW = "new"
    #: This run of Redis was vouched for.
    LIVE = "live"
    #: It was restarted, and has all that this machine knows of.
    VOUCH = "vouch"
    #: It was restarted, and this machine can't tell; another may.
    UNKNOWN = "unknown"
    #: It is older than what this machine knows: nobody may go on with it.
    OLDER = "older"
    #: It is gone: Redis was emptied, or was started without its data.
    EMPTIED = "emptied"
    #: An operator has to say how to go on.
    LOCKED = "locked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What Redis has of itself."""

    #: Of this life; empty: it has none yet.
    id: str = ""
    #: Only ever grows, while anybody is at work.
    beat: int = 0
    #: Unix seconds of the last one.
    at: float = 0.0
    #: The run of Redis that was vouched for, and the one that it is in.
    run: str = ""
    server: str = ""
    #: Why it is locked; empty: it isn't.
    locked: str = ""
    #: Whether a restore was begun and not ended.
    restoring: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a machine wrote down of it."""

    id: str
    #: One that Redis has on disk for certain: losing its last seconds (AOF everysec) is no alarm.
    beat: int
    #: Unix seconds at which it was last in touch.
    at: float
    #: Whose note it is.
    machine: str


def judge(known: Known, note: Note | None, machine: str) -> tuple[Verdict, str]:
    """What is to become of sending, and why, where that is nothing."""
    if known.locked:
        return Verdict.LOCKED, known.locked
    is_ours = note is not None and note.machine == machine
    if not known.id:
        return (Verdict.EMPTIED, _EMPTIED) if is_ours else (Verdict.NEW, "")
    own = note if note and is_ours and note.id == known.id else None
    if own and own.beat > known.beat:
        return Verdict.OLDER, "Redis holds an older state than this machine has sent by"
    if known.run == known.server:
        return Verdict.LIVE, ""
    if own and known.at - own.at <= _IN_TOUCH:
        return Verdict.VOUCH, ""
    return Verdict.UNKNOWN, f"Redis was restarted or copied, and {_why_not(known, note, machine)}"


def _why_not(known: Known, note: Note | None, machine: str) -> str:
    if note is None:
        return "this machine has no note that it ever sent by it (life.json in its state folder)"
    if note.machine != machine:
        return "the state folder is another machine's, or a copy"
    if note.id != known.id:
        return "this machine has sent by another state"
    return "others have sent by it since this machine did"
