"""`syndicate backup`, `restore`, `migrate` and `unlock`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syndicate.app import connected, wall_clock
from syndicate.backups import unlocking
from syndicate.backups.backup import back_up, check, refuse_at_work
from syndicate.backups.backup import restore as put_back
from syndicate.cli.common import (
    bar,
    json_option,
    operator,
    service,
    site_option,
    tell,
    why_option,
)
from syndicate.cli.workers import hurry
from syndicate.settings import load
from syndicate.store import schema
from syndicate.store.life import Life

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syndicate.backups.backup import Contents
    from syndicate.backups.unlocking import Outlook

_file = click.argument("file", type=click.Path(path_type=Path))


@click.command()
@_file
@click.option("--without-keys", is_flag=True, help="Leave out the keys that sign links.")
@json_option
@site_option
def backup(file: Path, without_keys: bool, as_json: bool, folder: Path) -> None:
    """Write all state to FILE, as it is at one moment; the service goes on meanwhile.

    It holds addresses, and the keys that sign links: keep it secret. It takes as much memory here
    as Redis has data. Captured mail isn't in it.

    \b
      syndicate backup monday.backup
    """  # noqa: D301 - click wants the character
    settings = load(folder)
    # Of an older program's, too: before it is migrated.
    state = connected(settings, may_start_redis=True, any_schema=True)
    with state as store, bar("Backup") as move:
        found = back_up(
            settings,
            store,
            file,
            wall_clock(),
            with_keys=not without_keys,
            progress=lambda _what, done, total: move(done, total),
        )
    keys = "with" if found.with_keys else "without"
    line = f"{file}: {found.keys} keys of Redis, {keys} the signing keys"
    tell(line, _record(file, found), as_json=as_json)


@click.command()
@_file
@click.option("--check", "only_check", is_flag=True, help="Look at every byte; change nothing.")
@click.option("--replace", is_flag=True, help="Put it in the place of the state that there is.")
@json_option
@site_option
def restore(file: Path, only_check: bool, replace: bool, as_json: bool, folder: Path) -> None:
    """Put the state of FILE back. Stop the service first; nothing is sent before `unlock`.

    \b
      syndicate restore monday.backup --check
      syndicate restore monday.backup --replace
    """  # noqa: D301 - click wants the character
    with bar("Restore") as move:
        if only_check:
            found = check(file, lambda _what, done, total: move(done, total))
        else:
            settings = load(folder)
            with connected(settings, may_start_redis=True, any_schema=True) as store:
                found = put_back(
                    settings,
                    store,
                    file,
                    wall_clock,
                    replace=replace,
                    progress=lambda _what, done, total: move(done, total),
                )
    head = found.header
    said = f"{file}: {found.keys} keys, taken at {head.taken_at}, schema {head.schema}"
    if not only_check:
        said += "\nRestored. Nothing is sent before `syndicate unlock`."
    tell(said, _record(file, found) | {"restored": not only_check}, as_json=as_json)


def _record(file: Path, found: Contents) -> dict[str, object]:
    return {
        "file": str(file),
        "taken_at": found.header.taken_at,
        "schema": found.header.schema,
        "keys": found.keys,
        "kinds": found.kinds,
        "with_keys": found.with_keys,
    }


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would be done.")
@json_option
@site_option
def migrate(dry_run: bool, as_json: bool, folder: Path) -> None:
    """Bring the state of an older version to this one's. Stop the service and back up first.

    \b
      syndicate migrate --dry-run
    """  # noqa: D301 - click wants the character
    settings = load(folder)
    with connected(settings, may_start_redis=True, any_schema=True) as store:
        found = schema.version(store)
        way = schema.steps(found)
        if not dry_run:
            if way:
                refuse_at_work(Life(store, settings.state_folder, wall_clock))
            with bar("Migrating") as move:
                schema.migrate(store, lambda _what, done, total: move(done, total))
    steps = [{"from": number, "to": number + 1, "what": step.what} for number, step in way]
    lines = [f"{step['from']} → {step['to']}: {step['what']}" for step in steps]
    lines.append(f"{len(way)} steps{' to be done' if dry_run else ' done'}")
    facts = {"dry_run": dry_run, "from": found, "to": found + len(way), "steps": steps}
    tell("\n".join(lines), facts, as_json=as_json)


@click.command()
@click.option(
    "--since-snapshot",
    "since",
    type=click.Choice([one.value for one in unlocking.Since]),
    help="What went out since this state was taken: nothing, or unknown: retry what is open, "
    "or pause each mailing. Without it, only what would go on is shown.",
)
@why_option
@json_option
@site_option
def unlock(since: str | None, why: str, as_json: bool, folder: Path) -> None:
    """Let mail go out by a state that was restored, copied or put back.

    \b
      syndicate unlock
      syndicate unlock --since-snapshot retry --why "the disk failed"
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        found = unlocking.outlook(app)
        if since is not None:
            unlocking.unlock(app, unlocking.Since(since), operator(), why)
            hurry(app.settings)
    lines = [*_outlook(found), *(["Unlocked."] if since else [])]
    mailings = [
        {"mailing": one.id, "state": one.state, "sent": one.sent, "open": one.open}
        for one in found.mailings
    ]
    facts = {
        "was_locked": bool(found.why),
        "why": found.why,
        "mailings": mailings,
        "late_slots": found.late,
        "letters_due": found.letters,
        "unlocked": since is not None,
    }
    tell("\n".join(lines), facts, as_json=as_json)


def _outlook(found: Outlook) -> Iterator[str]:
    yield f"Locked: {found.why or 'no'}"
    for one in found.mailings:
        yield f"mailing {one.id}: {one.state}, {one.sent} sent, {one.open} open"
    yield f"{found.late} late slots, {found.letters} letters due"
