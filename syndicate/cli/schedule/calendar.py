"""`syndicate schedule next`: what goes out when."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from syndicate.cli.common import (
    json_option,
    print_json,
    print_table,
    service,
    site_option,
)
from syndicate.cli.schedule.common import zone_of
from syndicate.schedules import calendar
from syndicate.schedules.scope import Scope

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.app import App


@click.command(name="next")
@click.option(
    "--days",
    default=14,
    show_default=True,
    type=click.IntRange(1, 366),
    metavar="N",
    help="How far ahead.",
)
@click.option("--zone", default="", metavar="ZONE", help="Show times of this IANA zone.")
@json_option
@site_option
def next_(days: int, zone: str, as_json: bool, folder: Path) -> None:
    """Show what goes out when: a calendar, in the zone of each timetable or in --zone.

    \b
      syndicate schedule next --days 14

    Where it goes out at each reader's own hour, it says from when to when that is.
    """  # noqa: D301 - click wants the character
    shown_in = zone_of(zone)
    with service(folder) as app:
        now = app.clock()
        events = calendar.events(_known(app, now), now, now + timedelta(days=days))
        rows = [(e.moment.astimezone(shown_in or e.zone), e) for e in events]
    if as_json:
        print_json([_record(at, event) for at, event in rows])
        return
    cells = [
        (*_day_and_time(at, e), e.scope.cadence, e.scope.category, _noted(at, e)) for at, e in rows
    ]
    print_table("", ("day", "time", "cadence", "category", ""), cells)


def _record(at: datetime, event: calendar.Event) -> dict[str, object]:
    first, last = (moment.astimezone(at.tzinfo) for moment in event.stretch or (at, at))
    cadence, category = event.scope
    found = {"at": at, "cadence": cadence, "category": category, "note": event.note}
    return found | {"from": first, "until": last}


def _day_and_time(at: datetime, event: calendar.Event) -> tuple[str, str]:
    if event.stretch:
        at = at.astimezone(event.zone)
        return f"{at:%a %Y-%m-%d}", f"{at:%H:%M} local"
    return f"{at:%a %Y-%m-%d}", f"{at:%H:%M} {at:%Z}"


def _noted(at: datetime, event: calendar.Event) -> str:
    if not event.stretch:
        return event.note
    first, last = (moment.astimezone(at.tzinfo) for moment in event.stretch)
    when = f"{last:%a %H:%M %Z}"
    if first < last:
        when = f"{first:%a %H:%M} to {when}"
    return f"{event.note}; {when}" if event.note else when


def _known(app: App, now: datetime) -> calendar.Known:
    cadences = {cadence.name: cadence for cadence in app.settings.cadences}
    scopes = [Scope(name) for name in cadences]
    scopes += [s for s in app.desk.timetables.own() if s.category and s.cadence in cadences]
    return calendar.Known(
        tables=app.desk.timetables.of_several(scopes),
        quiet={name: cadence.quiet for name, cadence in cadences.items()},
        agenda=[due for due in app.schedules.agenda() if due.scope.cadence in cadences],
        skips=app.schedules.skips(),
        pauses={pause.scope: pause for pause in app.desk.pauses.all()},
        begun=app.desk.timetables.horizons(now),
        zones=app.desk.timetables.zones(),
    )
