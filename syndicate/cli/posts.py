"""`syndicate posts`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

import click

from syndicate.app import wall_clock
from syndicate.cli import completing
from syndicate.cli.common import (
    bar,
    console,
    json_option,
    print_json,
    print_problems,
    print_record,
    print_records,
    print_table,
    service,
    site_option,
)
from syndicate.cli.group import Group
from syndicate.cli.skipping import requeue, skip
from syndicate.posts.model import Severity
from syndicate.posts.series import is_wanted, quiet_feeds
from syndicate.posts.sources import Sources
from syndicate.reports.explain import base_of, find
from syndicate.reports.explain import explain as stand
from syndicate.settings import load
from syndicate.store.keys import WHOLE_SITE

if TYPE_CHECKING:
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from syndicate.app import App
    from syndicate.posts.lookup import Record
    from syndicate.posts.remote.fetch import Fetched
    from syndicate.reports.standing import Standing


@click.group(cls=Group)
def posts() -> None:
    """Look at the site's posts, and say which are mailed."""


posts.add_command(skip)
posts.add_command(requeue)


@posts.command()
@site_option
@click.option("--strict", is_flag=True, help="Fail for warnings too.")
@json_option
def check(folder: Path, strict: bool, as_json: bool) -> None:
    """Read every post and list what is wrong, without touching feeds or state.

    Exit code 1 if something readers would miss is left out.

    \b
      syndicate posts check
      syndicate posts check --strict
    """  # noqa: D301 - click wants the character
    sources = Sources(load(folder))
    problems = list(sources.problems)
    files, good = list(sources.scan()), 0
    with bar("Reading posts") as progress:
        for done, file in enumerate(files, 1):
            reading = sources.read(file.source, now=wall_clock())
            problems += reading.problems
            good += reading.post is not None
            progress(done, len(files))
    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    if as_json:
        found = [asdict(problem) for problem in problems]
        print_json({"files": len(files), "posts": good, "problems": found})
    else:
        for problem in problems:
            console.print(str(problem), markup=False)
        warnings = len(problems) - errors
        console.print(f"{len(files)} files, {good} posts, {errors} errors, {warnings} warnings")
    if errors or (strict and problems):
        sys.exit(1)


@posts.command(name="list")
@click.option(
    "--category",
    metavar="CATEGORY",
    help="Only posts of this category.",
    shell_complete=completing.categories,
)
@click.option(
    "--limit",
    default=20,
    show_default=True,
    type=click.IntRange(1),
    metavar="N",
    help="How many at the most.",
)
@json_option
@site_option
def list_(category: str | None, limit: int, as_json: bool, folder: Path) -> None:
    """List the posts in the feeds, the last to arrive first.

    \b
      syndicate posts list --category techweb
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        feed = app.categories.require(category).name if category is not None else WHOLE_SITE
        arrivals = app.posts.arrivals(feed, limit)
        zone = app.settings.site.zone
    records = [
        {
            "number": number,
            "published": post.published.astimezone(zone),
            "title": post.title,
            "categories": post.categories,
            "source": post.source,
        }
        for number, post in arrivals.items()
    ]
    print_records(records, as_json=as_json)


@posts.command()
@click.argument("post")
@json_option
@site_option
def show(post: str, as_json: bool, folder: Path) -> None:
    """Show what is known of POST: a source's path, a permalink, a number or an id.

    What it shows is what feeds and digests hold, as of the last sync.

    \b
      syndicate posts show _posts/2026-11-20-harbour.md
      syndicate posts show 17 --json
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        record = find(app, post)
        fields = _fields(record, app.settings.site.zone)
        feeds = _feeds(app, record)
    if as_json:
        print_json({**fields, "feeds": feeds})
        return
    # No table: a summary is as wide as many.
    print_record(fields, as_json=False)
    for url in feeds:
        console.print(f"{'feed':<16}{url}", markup=False)


@posts.command()
@click.argument("post")
@json_option
@site_option
def explain(post: str, as_json: bool, folder: Path) -> None:
    """Say where POST stands, in its file, in every feed and every digest, and why.

    POST is a source's path, a permalink, a number or an id.

    \b
      syndicate posts explain _posts/2026-11-20-harbour.md
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        standing = stand(app, post)
    if as_json:
        print_json(asdict(standing))
        return
    console.print(f"{standing.file.source}: {standing.file.why}", markup=False)
    for problem in standing.file.problems:
        console.print(problem, markup=False)
    _print_standing(standing)


@posts.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@json_option
@site_option
def fetch(names: tuple[str, ...], as_json: bool, folder: Path) -> None:
    """Ask remote feeds now, all or those of these NAMEs, and publish what came.

    Exit code 1 if one of them could not be had.

    \b
      syndicate posts fetch
      syndicate posts fetch harbour-news
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        came, report = app.fetch(names)
        app.publish()
    problems = [problem for one in came for problem in one.problems]
    problems += report.problems if report else ()
    remotes = [_fetched(one) for one in came]
    if as_json:
        print_json({"remotes": remotes, "problems": [asdict(problem) for problem in problems]})
    else:
        print_records(remotes, as_json=False)
    print_problems(problems)
    if any(one.failed for one in came):
        sys.exit(1)


def _fetched(one: Fetched) -> dict[str, object]:
    return {
        "remote": one.name,
        "entries": one.entries,
        "new": len(one.new),
        "changed": len(one.changed),
        "came": _came(one),
    }


def _came(one: Fetched) -> str:
    if one.failed:
        return "failed"
    if one.unchanged:
        return "unchanged"
    return "an archive: not mailed" if one.archive else ""


def _print_standing(standing: Standing) -> None:
    if standing.feeds:
        rows = [(one.feed or "(whole site)", one.state, one.why, one.url) for one in standing.feeds]
        print_table("Feeds", ("feed", "state", "why", "URL"), rows)
    if standing.digests:
        digests = [(one.cadence, one.category, one.state, one.why) for one in standing.digests]
        print_table("Digests", ("cadence", "category", "state", "why"), digests)


def _fields(record: Record, zone: ZoneInfo) -> dict[str, object]:
    """All of a post but its body, of which only the length is of interest."""
    fields = asdict(record.post)
    content = fields.pop("html")
    for name, value in fields.items():
        if isinstance(value, datetime):
            fields[name] = value.astimezone(zone)
    return {
        "number": record.number,
        **fields,
        "content_length": len(content),
        "withdrawn": not record.live,
    }


def _feeds(app: App, record: Record) -> list[str]:
    """What the URLs of the feeds begin with that hold a post."""
    if not record.live:
        return []
    whole, *others = quiet_feeds(app.settings, record.post)
    names = [whole, *record.post.categories, *others]
    wanted = (name for name in names if is_wanted(app.settings, name))
    return [base_of(app, category) for category in map(app.categories.get, wanted) if category]
