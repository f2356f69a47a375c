"""When mail may leave: within a cadence's window, and not on its quiet days. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from syndicate.schedules.model import first_shown
from syndicate.schedules.quiet import is_quiet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_MIDNIGHT = time()


class Stretch(NamedTuple):
    """A time in which mail may leave: from a moment on, until another. UTC."""

    since: datetime
    until: datetime


#: Where nobody said anything.
ALWAYS = Stretch(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Hours:
    """What a cadence says of it, by the clocks of whatever zone is asked about.

    A stretch begins and ends when the clocks first show its time; where they skip it, when they
    jump (STANDARDS 66). None reaches over midnight: what goes on there is the next one.
    """

    #: From when until when; over midnight if the second is the earlier one. None: all day.
    window: tuple[time, time] | None = None
    #: Days as `schedules.quiet` knows them; never all.
    quiet: frozenset[str] = frozenset()

    def stretch(self, moment: datetime, zone: ZoneInfo) -> Stretch:
        """The stretch that a moment is in, else the next one."""
        if self.window is None and not self.quiet:
            return ALWAYS
        # Where the clocks were set back over midnight, yesterday is shown once more.
        day = moment.astimezone(zone).date() - _DAY
        while True:
            for found in self._of_day(day, zone):
                # Where the clocks skip one as a whole, nothing is left of it.
                if max(moment, found.since) < found.until:
                    return found
            day += _DAY

    def opens(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """The first moment, from this one on, at which mail may leave."""
        return max(moment, self.stretch(moment, zone).since)

    def after(self, moment: datetime, span: timedelta, zone: ZoneInfo) -> datetime:
        """The moment that is so long after another; quiet days that begin meanwhile don't count."""
        end, day = moment + span, moment.astimezone(zone).date() + _DAY
        while self.quiet and (begins := _midnight(day, zone)) < end:
            if is_quiet(self.quiet, day):
                end += _midnight(day + _DAY, zone) - begins
            day += _DAY
        return end

    def _of_day(self, day: date, zone: ZoneInfo) -> Iterator[Stretch]:
        """Its stretches of a day, in order."""
        if is_quiet(self.quiet, day):
            return
        midnight, next_midnight = _midnight(day, zone), _midnight(day + _DAY, zone)
        if self.window is None:
            yield Stretch(midnight, next_midnight)
            return
        begin, end = (first_shown(datetime.combine(day, hour), zone) for hour in self.window)
        if self.window[0] < self.window[1]:
            yield Stretch(begin, end)
        else:
            yield Stretch(midnight, end)
            yield Stretch(begin, next_midnight)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return first_shown(datetime.combine(day, _MIDNIGHT), zone)
