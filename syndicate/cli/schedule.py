"""`syndicate schedule`."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

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
from syndicate.errors import NotFoundError, SettingsError
from syndicate.schedules import calendar, written
from syndicate.schedules.scope import Scope
from syndicate.schedules.timetable import Timetable
from syndicate.settings.checks import zone_name

if TYPE_CHECKING:
    from syndicate.app import App
    from syndicate.schedules.agenda import Held

cadence_argument = click.argument("cadence")
category_option = click.option("--category", default="", metavar="C", help="Only this category.")


@click.group()
def schedule() -> None:
    """When digests go out, and what is an exception to that.

    \b
      syndicate schedule next --days 14
      syndicate schedule set daily --cron "0 7 * * 1-5" --zone Asia/Shanghai
      syndicate schedule once daily --at "2026-12-24 18:00"
    """  # noqa: D301 - click wants the character


@schedule.command(name="list")
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


@schedule.command()
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
        scope = _scope(app, cadence, category)
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


@schedule.command(name="next")
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
    """  # noqa: D301 - click wants the character
    shown_in = _zone(zone)
    with service(folder) as app:
        now = app.clock()
        events = calendar.events(_known(app), now, now + timedelta(days=days))
        rows = [(e.moment.astimezone(shown_in or e.zone), e) for e in events]
    if as_json:
        names = ("at", "cadence", "category", "note")
        print_json([dict(zip(names, (at, *e.scope, e.note), strict=True)) for at, e in rows])
        return
    cells = [
        (f"{at:%a %Y-%m-%d}", f"{at:%H:%M} {at:%Z}", e.scope.cadence, e.scope.category, e.note)
        for at, e in rows
    ]
    print_table("", ("day", "time", "cadence", "category", ""), cells)


def _known(app: App) -> calendar.Known:
    cadences = {cadence.name: cadence for cadence in app.settings.cadences}
    scopes = [Scope(name) for name in cadences]
    scopes += [s for s in app.desk.timetables.own() if s.category and s.cadence in cadences]
    return calendar.Known(
        tables=app.desk.timetables.of_several(scopes),
        quiet={name: cadence.quiet for name, cadence in cadences.items()},
        agenda=[due for due in app.schedules.agenda() if due.scope.cadence in cadences],
        skips=app.schedules.skips(),
        pauses={pause.scope: pause for pause in app.desk.pauses.all()},
    )


@schedule.command(name="set")
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
        scope = _scope(app, cadence, category)
        now = app.desk.timetables.of(*scope)
        is_now = {"cron": now.cron, "zone": now.zone, "grace": now.grace}
        step = app.desk.timetables.set(scope, Timetable.checked(is_now | given), operator())
    _tell(str(step) if step else f"{scope.named}: as it was", as_json)


@schedule.command()
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
    _tell(str(step), as_json)


@schedule.command()
@cadence_argument
@category_option
@click.option("--at", required=True, metavar="TIME", help='Such as "2026-12-24 18:00".')
@click.option("--zone", default="", metavar="ZONE", help="Of that time.  [default: the cadence's]")
@click.option("--undo", is_flag=True, help="Have it not go out then after all.")
@json_option
@site_option
def once(folder: Path, cadence: str, category: str, as_json: bool, **said: str | bool) -> None:
    """Have what waits for a CADENCE go out once at a moment, besides its slots.

    \b
      syndicate schedule once daily --at "2026-12-24 18:00"
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        scope = _scope(app, cadence, category)
        zone = _zone(str(said["zone"])) or app.desk.timetables.of(*scope).tz
        moment = _moment(str(said["at"]), zone)
        act = app.desk.timetables.not_once if said["undo"] else app.desk.timetables.once
        act(scope, moment, operator())
    does = "doesn't go" if said["undo"] else "goes"
    _tell(f"{scope.named} {does} out once at {moment:%Y-%m-%d %H:%M} {zone.key}", as_json)


@schedule.command()
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
        scope = _scope(app, cadence, category)
        if undo:
            app.desk.timetables.unskip(scope, operator())
            told = f"{scope.named} skips nothing"
        else:
            zone = app.desk.timetables.of(*scope).tz
            slot = app.desk.timetables.skip(scope, operator()).astimezone(zone)
            told = f"{scope.named} skips its slot of {slot:%Y-%m-%d %H:%M} {zone.key}"
    _tell(told, as_json)


@schedule.command(name="run-held")
@cadence_argument
@click.argument("slot")
@category_option
@json_option
@site_option
def run_held(cadence: str, slot: str, category: str, as_json: bool, folder: Path) -> None:
    """Run a SLOT of a CADENCE now that was missed; `schedule list` names those that are held.

    \b
      syndicate schedule run-held daily 2026-11-23T00:00:00Z
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        mailings = app.desk.run_held(_held(app, cadence, category, slot), operator())
    _tell(f"{slot} of {cadence}: {len(mailings)} mailings ordered", as_json)


@schedule.command(name="drop-held")
@cadence_argument
@click.argument("slot")
@category_option
@json_option
@site_option
def drop_held(cadence: str, slot: str, category: str, as_json: bool, folder: Path) -> None:
    """Have a SLOT of a CADENCE not run that was missed; its posts wait for the next.

    \b
      syndicate schedule drop-held daily 2026-11-23T00:00:00Z
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        app.desk.drop_held(_held(app, cadence, category, slot), operator())
    _tell(f"{slot} of {cadence} is dropped", as_json)


@schedule.command()
@json_option
@site_option
def export(as_json: bool, folder: Path) -> None:
    """Print the timetables that people gave, as TOML, or with --json as JSON, for `apply`.

    \b
      syndicate schedule export > timetables.toml
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        tables = {scope: entry.timetable for scope, entry in app.desk.timetables.own().items()}
    click.echo(written.to_json(tables) if as_json else written.to_toml(tables))


@schedule.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@json_option
@site_option
def apply(file: Path, dry_run: bool, as_json: bool, folder: Path) -> None:
    """Have the timetables that people gave be those of FILE, TOML or .json, and no others.

    \b
      syndicate schedule apply timetables.toml --dry-run
    """  # noqa: D301 - click wants the character
    wanted = written.read(file.name, file.read_bytes())
    with service(folder) as app:
        faults = list(written.unknown(file.name, wanted, app.desk.timetables.require))
        if faults:
            raise SettingsError("\n".join(faults))
        act = app.desk.timetables
        steps = act.compare(wanted) if dry_run else act.apply(wanted, operator())
    if as_json:
        print_json({"dry_run": dry_run, "changes": [str(step) for step in steps]})
        return
    for step in steps:
        console.print(f"{'would change ' if dry_run else ''}{step}", markup=False)
    if not steps:
        console.print("Nothing to change.")


def _scope(app: App, cadence: str, category: str) -> Scope:
    scope = Scope(cadence, category)
    app.desk.timetables.require(scope)
    return scope


def _held(app: App, cadence: str, category: str, slot: str) -> Held:
    for held in app.schedules.held(cadence):
        if (held.slot, held.scope.category) == (slot, category):
            return held
    known = ", ".join(h.slot for h in app.schedules.held(cadence)) or "none"
    raise NotFoundError(f"{slot!r} is no held slot of {cadence}; there are: {known}")


def _zone(name: str) -> ZoneInfo | None:
    if not name:
        return None
    try:
        return ZoneInfo(zone_name(name))
    except ValueError as error:
        raise SettingsError(f"--zone: {error}") from error


def _moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(f'--at: {text!r} is no time, such as "2026-12-24 18:00"') from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(zone)


def _tell(told: str, as_json: bool) -> None:
    if as_json:
        print_json({"done": told})
    else:
        console.print(told, markup=False)
