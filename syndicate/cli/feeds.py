"""`syndicate feeds`."""

from __future__ import annotations

import re
import sys
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from syndicate.app import wall_clock
from syndicate.cli.common import (
    bar,
    cell,
    console,
    json_option,
    print_json,
    print_records,
    service,
    site_option,
)
from syndicate.cli.group import Group
from syndicate.errors import NotFoundError
from syndicate.feeds import places
from syndicate.feeds.check import check as check_document
from syndicate.feeds.check import check_agreement
from syndicate.feeds.model import Format
from syndicate.feeds.validate.model import Fault, Finding, Severity
from syndicate.feeds.validate.parse import DOCUMENT
from syndicate.posts.series import Kind, is_wanted
from syndicate.settings import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from zoneinfo import ZoneInfo

    from syndicate.app import App
    from syndicate.posts.categories import Category
    from syndicate.settings import Settings

#: Bytes of a document in which its root is.
_HEAD = 4096
_ROOT = re.compile(rb"<(rss|feed)\b")


@dataclass(frozen=True, slots=True)
class _Located:
    """A finding, and the file it was found in."""

    path: Path
    finding: Finding

    def __str__(self) -> str:
        line = self.finding.line
        return f"{self.path}:{line}: {self.finding}" if line else f"{self.path}: {self.finding}"


@click.group(cls=Group)
def feeds() -> None:
    """Look at the feeds and their documents."""


@feeds.command()
@click.argument("paths", nargs=-1, metavar="[PATH]", type=click.Path(path_type=Path))
@site_option
@click.option("--strict", is_flag=True, help="Fail for warnings too.")
@json_option
def check(paths: tuple[Path, ...], folder: Path, strict: bool, as_json: bool) -> None:
    """Check feed documents against their standards.

    Each PATH is a document or a folder of them; without any, all that the site
    has published are checked. A finding bears the name that the W3C Feed
    Validation Service knows it by, where it has one.

    \b
      syndicate feeds check
      syndicate feeds check public/rss.xml --strict

    Exit code 1 if there are errors.
    """  # noqa: D301 - click wants the character
    settings, now = load(folder), wall_clock()
    documents = list(_documents(paths) if paths else _below(settings.output))
    if not documents:
        where = ", ".join(map(str, paths or [settings.output]))
        raise NotFoundError(f"no feeds in {where}; `syndicate sync` writes them")
    found: list[_Located] = []
    steps = len(documents) + len({path.parent for path in documents})
    with bar("Checking feeds") as progress:
        for done, located in enumerate(_checked(documents, settings, now), 1):
            found += located
            progress(done, steps)
    _conclude(found, len(documents), as_json=as_json)
    failing = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    if any(one.finding.severity in failing for one in found):
        sys.exit(1)


def _conclude(found: list[_Located], documents: int, *, as_json: bool) -> None:
    if as_json:
        rows = [{"path": str(one.path), **asdict(one.finding)} for one in found]
        print_json(rows)
        return
    for one in found:
        # An emoji would be made of a line's number: `:100:`.
        console.print(str(one), markup=False, emoji=False)
    severities = [one.finding.severity for one in found]
    errors, warnings, hints = (severities.count(severity) for severity in Severity)
    console.print(f"{documents} documents, {errors} errors, {warnings} warnings, {hints} hints")


def _documents(paths: Iterable[Path]) -> Iterator[Path]:
    """Every document among these files and folders."""
    for path in paths:
        yield from _below(path) if path.is_dir() else (path,)


def _below(folder: Path) -> list[Path]:
    """The documents in a folder and those below it, the formats of a feed side by side."""
    names = [kind.value for kind in Format]
    found = (path for name in names for path in folder.rglob(name))
    return sorted(found, key=lambda path: (path.parent, names.index(path.name)))


def _checked(
    documents: Iterable[Path], settings: Settings, now: datetime
) -> Iterator[list[_Located]]:
    """The findings of each document, and after those of a folder what they disagree on."""
    for folder, siblings in groupby(documents, key=lambda path: path.parent):
        read: dict[Format, bytes] = {}
        for path in siblings:
            try:
                data = path.read_bytes()
            except OSError as error:
                fault = Fault("IOError", f"can't be read: {error.strerror or error}")
                yield [_Located(path, Finding.of(fault, DOCUMENT, None))]
                continue
            kind = _kind(path, data)
            if path.name == kind.value:
                read[kind] = data
            findings = check_document(data, kind, url=_url(path, settings), now=now)
            yield [_Located(path, finding) for finding in findings]
        yield [_Located(folder, finding) for finding in check_agreement(read)]


def _kind(path: Path, data: bytes) -> Format:
    """What the document means to be: by its name, else by its first element."""
    if path.name in {kind.value for kind in Format}:
        return Format(path.name)
    if path.suffix == ".json" or data.lstrip().startswith(b"{"):
        return Format.JSON
    root = _ROOT.search(data[:_HEAD])
    return Format.ATOM if root and root[1] == b"feed" else Format.RSS


def _url(path: Path, settings: Settings) -> str | None:
    """Where the document is on the web; None if it isn't one of the site's."""
    try:
        below = path.resolve().relative_to(settings.output.resolve())
    except ValueError:
        return None
    return places.site_base(settings.web.url) + "/".join(quote(part, "") for part in below.parts)


@feeds.command(name="list")
@json_option
@site_option
def list_(as_json: bool, folder: Path) -> None:
    """List the feeds: what each holds, and when its documents last changed.

    \b
      syndicate feeds list
      syndicate feeds list --json
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        records = [_record(app, category) for category in _wanted(app)]
        zone = app.settings.site.timezone
    records.sort(key=lambda one: (one["title"], one["url"]))
    if not as_json:
        records = [each | {"changed": _last(each["changed"], zone)} for each in records]
    print_records(records, as_json=as_json)


def _last(changed: datetime | None, zone: str) -> str:
    return f"{cell(changed)} {zone}" if changed else "never written"


def _wanted(app: App) -> Iterator[Category]:
    """Whatever has a feed."""
    for kind in Kind:
        if kind is not Kind.SITE:
            for category in app.categories.all(kind).values():
                if is_wanted(app.settings, category.name):
                    yield category


def _record(app: App, category: Category) -> dict[str, Any]:
    settings, name, kind = app.settings, category.name, category.kind
    place = places.feed_folder(settings.output, kind, category.slug)
    base = places.feed_base(settings.web.url, kind, category.slug)
    return {
        "title": app.publisher.label(category),
        "posts_shown": app.feeds.waiting(name),
        "archives": app.feeds.archives(name),
        "changed": _changed(place / Format.RSS.value, settings.site.zone),
        "url": base,
    }


def _changed(document: Path, zone: ZoneInfo) -> datetime | None:
    try:
        return datetime.fromtimestamp(document.stat().st_mtime, zone)
    except FileNotFoundError:
        return None
