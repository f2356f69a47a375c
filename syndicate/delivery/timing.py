"""The times of a mailing, from what the settings and the schedules say of its digest."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from syndicate.schedules.scope import Scope
from syndicate.schedules.timing import Timing
from syndicate.settings.digest import USUAL

if TYPE_CHECKING:
    from datetime import datetime

    from syndicate.schedules.store import ScheduleStore
    from syndicate.settings import Settings
    from syndicate.subscribers.model import Digest


def timing_of(
    settings: Settings, schedules: ScheduleStore, digest: Digest, slot: str, begun_at: datetime
) -> Timing:
    """Those of a mailing of a digest's slot; no category: of all in one.

    Of a cadence that the settings know no more it leaves at any hour.
    """
    cadence = settings.known_cadence(digest.cadence)
    rules = settings.rules(*digest) if cadence else USUAL
    # The nearest that is said of its zone: by its own timetable, its cadence's, or the settings.
    scopes = [Scope(*digest), Scope(digest.cadence)]
    tables = schedules.entries(scopes)
    said = [tables[scope].timetable.zone for scope in scopes if scope in tables]
    name = next(iter(said), cadence.timezone if cadence else "") or settings.site.timezone
    return Timing.of(cadence, ZoneInfo(name), slot, begun_at, settings.tried_for(rules))
