"""What goes out when: the slots of days to come, with their exceptions. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from syndicate.schedules.agenda import Kind
from syndicate.schedules.local import shown
from syndicate.schedules.model import first_shown, slot_name
from syndicate.schedules.pauses import covering
from syndicate.schedules.quiet import is_quiet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from syndicate.schedules.agenda import Due, Pause
    from syndicate.schedules.scope import Scope
    from syndicate.schedules.timetable import Timetable


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that decides what goes out."""

    #: Those of cadences, and of categories by themselves.
    tables: Mapping[Scope, Timetable]
    #: Quiet days, by cadence.
    quiet: Mapping[str, Sequence[str]]
    agenda: Sequence[Due]
    skips: Mapping[Scope, str]
    pauses: Mapping[Scope, Pause]
    #: Cadences whose readers' own clocks count: up to when their slots have begun for somebody.
    begun: Mapping[str, datetime]
    #: The zones of those readers.
    zones: Sequence[ZoneInfo]


@dataclass(frozen=True, slots=True)
class Event:
    """A slot, or what goes out once."""

    moment: datetime
    scope: Scope
    #: That of its timetable.
    zone: ZoneInfo
    #: Why nothing goes out, or what is special about it; empty: nothing is.
    note: str = ""
    #: Where each reader's own clocks count: when it begins for the first, and for the last.
    stretch: tuple[datetime, datetime] | None = None


def events(known: Known, now: datetime, until: datetime) -> list[Event]:
    """All after `now` and up to another moment, in order; and what is due and not seen to yet.

    Where each reader's own clocks count, a slot is among them until it begins for the first.
    """
    found = [
        Event(
            moment,
            scope,
            table.tz,
            _note(known, scope, moment, table.tz),
            _stretch(known, scope, moment, table.tz),
        )
        for scope, table in known.tables.items()
        for moment in table.slots(known.begun.get(scope.cadence, now), until)
    ]
    return sorted([*found, *_others(known, now, until)], key=lambda each: (each.moment, each.scope))


def _others(known: Known, now: datetime, until: datetime) -> Iterator[Event]:
    for due in known.agenda:
        scope = due.scope
        table = known.tables.get(scope) or known.tables[type(scope)(scope.cadence)]
        pause = covering(known.pauses, scope)
        if due.kind is Kind.ONCE and due.moment <= until:
            yield Event(due.moment, scope, table.tz, "paused" if pause else "once")
        elif due.moment <= now:
            yield Event(due.moment, scope, table.tz, "due; paused" if pause else "due")


def _stretch(
    known: Known, scope: Scope, moment: datetime, zone: ZoneInfo
) -> tuple[datetime, datetime] | None:
    if scope.cadence not in known.begun:
        return None
    begins = [first_shown(shown(moment, zone), each) for each in (zone, *known.zones)]
    return min(begins), max(begins)


def _note(known: Known, scope: Scope, moment: datetime, zone: ZoneInfo) -> str:
    if covering(known.pauses, scope):
        return "paused"
    if known.skips.get(scope) == slot_name(moment):
        return "skipped"
    if is_quiet(known.quiet.get(scope.cadence, ()), moment.astimezone(zone).date()):
        return "quiet day"
    left = [
        s.category
        for s, n in known.skips.items()
        if s != scope and scope.covers(s) and n == slot_name(moment)
    ]
    return f"without {', '.join(left)}" if left and not scope.category else ""
