"""The timetables that there are: seen, given and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syndicate.cli.common import (
    console,
    json_option,
    operator,
    print_json,
    print_table,
    service,
    site_option,
)
from syndicate.cli.schedule.common import cadence_argument, category_option, scope_of, tell
from syndicate.schedules.scope import Scope
from syndicate.schedules.timetable import Timetable

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.app import App


@click.command(name="list")
@json_option
@site_option
def list_(as_json: bool, folder: Path) -> None:
    """List the timetables, when each is due next, what waits, and which slots are held.

    \b
      syndicate schedule list
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        rows = _rows(app)
        paused = [str(pause) for pause in app.desk.pauses.all()]
    if as_json:
        print_json({"timetables": rows, "paused": paused})
        return
    columns = ("cadence", "cron", "next", "category", "posts waiting", "in categories", "held")
    print_table("", columns, [[row[name] for name in columns] for row in rows])
    for line in paused:
        console.print(line, markup=False)


def _rows(app: App) -> list[dict[str, object]]:
    scopes = [Scope(cadence.name) for cadence in app.settings.cadences]
    known = {scope.cadence for scope in scopes}
    scopes += [s for s in app.desk.timetables.own() if s.category and s.cadence in known]
    held = app.schedules.held()
    return [_row(app, scope, [h.slot for h in held if h.scope == scope]) for scope in scopes]


def _row(app: App, scope: Scope, held: list[str]) -> dict[str, object]:
    table = app.desk.timetables.of(*scope)
    waiting = app.pending.counts(scope.cadence)
    if scope.category:
        waiting = {name: many for name, many in waiting.items() if name == scope.category}
    return {
        "cadence": scope.cadence,
        "category": scope.category or "–",
        "cron": table.cron,
        "zone": table.zone,
        "grace": table.grace,
        "next": f"{table.next(app.clock()).astimezone(table.tz):%Y-%m-%d %H:%M} {table.zone}",
        "posts waiting": sum(waiting.values()),
        "in categories": len(waiting),
        "held": ", ".join(held) or "–",
    }


@click.command()
@cadence_argument
@category_option
@json_option
@site_option
def show(cadence: str, category: str, as_json: bool, folder: Path) -> None:
    """Show the timetable of a CADENCE: who gave it, its exceptions, and what was changed.

    \b
      syndicate schedule show daily
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        scope = scope_of(app, cadence, category)
        row = _row(app, scope, [h.slot for h in app.schedules.held() if h.scope == scope])
        entry = app.schedules.entries([scope]).get(scope)
        row |= {"given by": entry.by if entry else "its cadence" if category else "settings"}
        row |= {"skips": app.schedules.skips().get(scope, "–")}
        changes = [change for change in app.schedules.log() if scope.covers(change.scope)]
    said = [{"at": c.at, "by": c.by, "of": c.scope.named, "what": c.what} for c in changes]
    if as_json:
        print_json(row | {"changes": said})
        return
    for name, value in row.items():
        console.print(f"{name:<15}{value}", markup=False)
    rows = [(f"{c.at:%Y-%m-%d %H:%M:%S}Z", c.by, c.scope.named, c.what) for c in changes]
    print_table("\nChanges", ("when", "by", "of", "what"), rows)


@click.command(name="set")
@cadence_argument
@category_option
@click.option("--cron", metavar="CRON", help='Five fields, such as "0 8 * * 1-5".')
@click.option("--zone", metavar="ZONE", help="IANA name, such as Asia/Shanghai.")
@click.option("--grace", type=float, metavar="HOURS", help="What is later is held.")
@json_option
@site_option
def set_(folder: Path, cadence: str, category: str, as_json: bool, **said: object) -> None:
    """Have a CADENCE go by another timetable than the settings say; what is left out stays.

    \b
      syndicate schedule set daily --cron "0 7 * * 1-5"
    """  # noqa: D301 - click wants the character
    given = {name: value for name, value in said.items() if value is not None}
    if not given:
        raise click.UsageError("say what is to be another: --cron, --zone or --grace")
    with service(folder) as app:
        scope = scope_of(app, cadence, category)
        now = app.desk.timetables.of(*scope)
        is_now = {"cron": now.cron, "zone": now.zone, "grace": now.grace}
        step = app.desk.timetables.set(scope, Timetable.checked(is_now | given), operator())
    tell(str(step) if step else f"{scope.named}: as it was", as_json)


@click.command()
@cadence_argument
@category_option
@json_option
@site_option
def remove(cadence: str, category: str, as_json: bool, folder: Path) -> None:
    """Have a CADENCE go by the settings again, or a --category by its cadence.

    \b
      syndicate schedule remove daily
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        step = app.desk.timetables.remove(Scope(cadence, category), operator())
    tell(str(step), as_json)
