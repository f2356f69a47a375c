"""`syndicate posts skip` and `requeue`: what the next editions go without, or with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syndicate.cli import completing
from syndicate.cli.common import json_option, operator, service, site_option, tell, why_option
from syndicate.errors import StateError
from syndicate.reports.explain import find
from syndicate.reports.standing import DigestState
from syndicate.subscribers.model import Digest

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.app import App
    from syndicate.posts.lookup import Record

_category_option = click.option(
    "--category",
    metavar="CATEGORY",
    help="Only in this category's digests.",
    shell_complete=completing.categories,
)
_cadence_option = click.option(
    "--cadence",
    metavar="CADENCE",
    help="Only in digests of this cadence.",
    shell_complete=completing.cadences,
)


@click.command()
@click.argument("post")
@_category_option
@_cadence_option
@why_option
@json_option
@site_option
def skip(
    post: str,
    category: str | None,
    cadence: str | None,
    why: str,
    as_json: bool,
    folder: Path,
) -> None:
    """Have POST not be mailed: it leaves what waits for the next editions. Feeds keep it.

    POST is a source's path, a permalink, a number or an id.

    \b
      syndicate posts skip _posts/2026-11-20-errata.md --why "superseded"
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        record = find(app, post)
        done = [
            digest
            for digest in _digests(app, record, category, cadence)
            if app.pending.holds(digest.cadence, digest.category, record.number)
        ]
        for digest in done:
            app.desk.skip(digest, record.number, operator(), why)
    if not done:
        raise StateError(f"{record.post.source} doesn't wait for any such digest")
    _say("Skipped in", record, DigestState.SKIPPED, done, as_json=as_json)


@click.command()
@click.argument("post")
@_category_option
@_cadence_option
@click.option("--again", is_flag=True, help="Also where an edition took it already.")
@json_option
@site_option
def requeue(
    post: str,
    category: str | None,
    cadence: str | None,
    again: bool,
    as_json: bool,
    folder: Path,
) -> None:
    """Have POST wait for the next editions: one that was skipped, or came with an archive.

    POST is a source's path, a permalink, a number or an id.

    \b
      syndicate posts requeue _posts/2026-11-20-errata.md --cadence weekly
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        record = find(app, post)
        done: list[Digest] = []
        refused: list[str] = []
        for digest in _digests(app, record, category, cadence):
            try:
                app.desk.requeue(digest, record.number, again=again)
            except StateError as error:
                refused.append(str(error))
            else:
                done.append(digest)
    if not done:
        raise StateError("\n".join(refused) or f"{record.post.source} is in no such digest")
    _say("Waits for", record, DigestState.WAITING, done, as_json=as_json)


def _digests(app: App, record: Record, category: str | None, cadence: str | None) -> list[Digest]:
    """The digests of a post, or those among them that are meant."""
    if category is not None:
        app.categories.require(category)
    if cadence is not None:
        app.settings.cadence(cadence)
    return [
        Digest(each.name, name)
        for each in app.settings.cadences
        for name in record.post.categories
        if cadence in (None, each.name) and category in (None, name)
    ]


def _say(
    what: str, record: Record, state: DigestState, digests: list[Digest], *, as_json: bool
) -> None:
    names = ", ".join(f"the {digest.cadence} digest of {digest.category}" for digest in digests)
    facts = {
        "number": record.number,
        "source": record.post.source,
        "digests": [{**digest._asdict(), "state": state} for digest in digests],
    }
    tell(f"{what} {names}.", facts, as_json=as_json)
