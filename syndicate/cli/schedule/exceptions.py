"""Once besides the slots, and the next slot not."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from syndicate.cli.common import (
    cell,
    json_option,
    operator,
    service,
    site_option,
    tell,
)
from syndicate.cli.schedule.common import (
    cadence_argument,
    category_option,
    record,
    scope_of,
    zone_of,
)
from syndicate.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path
    from zoneinfo import ZoneInfo


@click.command()
@cadence_argument
@category_option
@click.option("--at", required=True, metavar="TIME", help='When, such as "2026-12-24 18:00".')
@click.option(
    "--zone", default="", metavar="ZONE", help="Whose time it is.  [default: the cadence's]"
)
@click.option("--undo", is_flag=True, help="Have it not go out then after all.")
@json_option
@site_option
def once(folder: Path, cadence: str, category: str, as_json: bool, **said: str | bool) -> None:
    """Have what waits for a CADENCE go out once at a moment, besides its slots.

    \b
      syndicate schedule once daily --at "2026-12-24 18:00"
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        scope = scope_of(app, cadence, category)
        zone = zone_of(str(said["zone"])) or app.desk.timetables.of(*scope).tz
        moment = _moment(str(said["at"]), zone)
        act = app.desk.timetables.not_once if said["undo"] else app.desk.timetables.once
        act(scope, moment, operator())
    does = "doesn't go" if said["undo"] else "goes"
    line = f"{scope.named} {does} out once at {cell(moment)} {zone.key}"
    facts = {**scope._asdict(), "at": moment, "goes_out": not said["undo"]}
    tell(line, facts, as_json=as_json)


def _moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(f'--at: {text!r} is no time, such as "2026-12-24 18:00"') from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(zone)


@click.command()
@cadence_argument
@category_option
@click.option("--undo", is_flag=True, help="Have it go out after all.")
@json_option
@site_option
def skip(cadence: str, category: str, undo: bool, as_json: bool, folder: Path) -> None:
    """Have nothing go out in the next slot of a CADENCE; its posts wait for the one after.

    \b
      syndicate schedule skip daily
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        scope = scope_of(app, cadence, category)
        if undo:
            app.desk.timetables.unskip(scope, operator())
            line = f"{scope.named} skips nothing"
        else:
            zone = app.desk.timetables.of(*scope).tz
            slot = app.desk.timetables.skip(scope, operator()).astimezone(zone)
            line = f"{scope.named} skips its slot of {cell(slot)} {zone.key}"
        facts = record(app, scope, app.schedules.held())
        facts |= {"skips": app.schedules.skips().get(scope)}
    tell(line, facts, as_json=as_json)
