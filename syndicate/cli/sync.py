"""`syndicate sync`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from syndicate.cli.common import (
    bar,
    console,
    json_option,
    notes,
    print_json,
    print_problems,
    print_table,
    service,
    site_option,
)
from syndicate.errors import HubError
from syndicate.settings import Vanished

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from syndicate.feeds.publish import Published
    from syndicate.posts.ingest import Report


@click.command()
@site_option
@click.option(
    "--announce/--archive",
    default=None,
    help="Whether new posts are for the digests too. By default those of the first sync are an "
    "archive, which is never mailed, and later ones are news.",
)
@click.option("--rebuild", is_flag=True, help="Write every feed anew, and lost archives.")
@json_option
def sync(folder: Path, announce: bool | None, rebuild: bool, as_json: bool) -> None:
    """Read the site's posts and write its feeds, in this process.

    \b
      syndicate sync --site ~/my-site
      syndicate sync --rebuild
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        with bar("Reading posts") as progress:
            report = app.sync(announce=announce, progress=progress)
        if rebuild:
            app.republish()
        with bar("Writing feeds") as progress:
            published = app.publish(progress, whole=rebuild)
        try:
            app.tell_hub()
        except HubError as error:
            notes.print(f"{error} (the next sync tells it again)", markup=False)
        settings = app.settings
    print_problems(report.problems)
    if report.vanished and settings.posts.vanished is Vanished.KEEP:
        notes.print(
            f"{report.vanished} files have vanished since the last sync; their posts stay in "
            'the feeds (vanished = "withdraw" would take them out)'
        )
    facts = _done(report, published)
    if as_json:
        problems = [asdict(problem) for problem in report.problems]
        print_json(facts | {"problems": problems, "output": str(settings.output)})
        return
    print_table("", ("", ""), _in_words(facts))
    console.print(f"Feeds are in {settings.output}", markup=False)


def _done(report: Report, published: Sequence[Published]) -> dict[str, object]:
    return {
        "files": report.found,
        "new": report.new,
        "announced": report.announced,
        "rewritten": report.rewritten,
        "unchanged": report.unchanged,
        "vanished": report.vanished,
        "withdrawn": report.withdrawn,
        "problems": len(report.problems),
        "feeds_written": len(published),
        "documents_changed": sum(len(one.changed) for one in published),
    }


def _in_words(facts: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    yield "files found", facts["files"]
    yield f"posts new{'' if facts['announced'] else ' (archive: not mailed)'}", facts["new"]
    yield "files rewritten", facts["rewritten"]
    yield "files unchanged", facts["unchanged"]
    yield "posts withdrawn", facts["withdrawn"]
    yield "problems", facts["problems"]
    yield "feeds and archives written", facts["feeds_written"]
    yield "documents changed", facts["documents_changed"]
