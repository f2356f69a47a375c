"""`syndicate backup`, `restore`, `migrate` and `unlock`."""

from __future__ import annotations

from pathlib import Path

import click

from syndicate import unlocking
from syndicate.app import connected, wall_clock
from syndicate.backup import back_up, check
from syndicate.backup import restore as put_back
from syndicate.cli.common import bar, console, operator, service, site_option, why_option
from syndicate.settings import load
from syndicate.store import schema

_file = click.argument("file", type=click.Path(path_type=Path))


@click.command()
@_file
@click.option("--without-keys", is_flag=True, help="Leave out the keys that sign links.")
@site_option
def backup(file: Path, without_keys: bool, folder: Path) -> None:
    """Write all state to FILE, as it is at one moment; the service goes on meanwhile.

    It holds addresses, and the keys that sign links: keep it secret. It takes as much memory here
    as Redis has data. Captured mail isn't in it.

    \b
      syndicate backup monday.backup
    """  # noqa: D301 - click wants the character
    settings = load(folder)
    with connected(settings, may_start_redis=True) as store, bar("Backup") as move:
        found = back_up(
            settings,
            store,
            file,
            wall_clock(),
            with_keys=not without_keys,
            progress=lambda _what, done, total: move(done, total),
        )
    keys = "with" if found.with_keys else "without"
    console.print(f"{file}: {found.keys} keys of Redis, {keys} the signing keys", markup=False)


@click.command()
@_file
@click.option("--check", "only_check", is_flag=True, help="Look at every byte; change nothing.")
@click.option("--replace", is_flag=True, help="Put it in the place of the state that there is.")
@site_option
def restore(file: Path, only_check: bool, replace: bool, folder: Path) -> None:
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
    line = f"{file}: {found.keys} keys, taken at {head.taken_at}, schema {head.schema}"
    console.print(line, markup=False)
    if not only_check:
        console.print("Restored. Nothing is sent before `syndicate unlock`.", markup=False)


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would be done.")
@site_option
def migrate(dry_run: bool, folder: Path) -> None:
    """Bring the state of an older version to this one's. Stop the service and back up first.

    \b
      syndicate migrate --dry-run
    """  # noqa: D301 - click wants the character
    with connected(load(folder), may_start_redis=True, any_schema=True) as store:
        way = schema.steps(schema.version(store))
        for number, step in way:
            console.print(f"{number} → {number + 1}: {step.what}", markup=False)
        if not dry_run:
            with bar("Migrating") as move:
                schema.migrate(store, lambda _what, done, total: move(done, total))
    console.print(f"{len(way)} steps{' to be done' if dry_run else ' done'}", markup=False)


@click.command()
@click.option(
    "--since-snapshot",
    "since",
    type=click.Choice([one.value for one in unlocking.Since]),
    help="What went out since this state was taken: nothing, or unknown: retry what is open, "
    "or pause each mailing. Without it, only what would go on is shown.",
)
@why_option
@site_option
def unlock(since: str | None, why: str, folder: Path) -> None:
    """Let mail go out by a state that was restored, copied or put back.

    \b
      syndicate unlock
      syndicate unlock --since-snapshot retry --why "the disk failed"
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        found = unlocking.outlook(app)
        console.print(f"Locked: {found.why or 'no'}", markup=False)
        for one in found.mailings:
            line = f"mailing {one.id}: {one.state}, {one.sent} sent, {one.open} open"
            console.print(line, markup=False)
        line = f"{found.late} late slots, {found.letters} letters due"
        console.print(line, markup=False)
        if since is not None:
            unlocking.unlock(app, unlocking.Since(since), operator(), why)
            console.print("Unlocked.", markup=False)
