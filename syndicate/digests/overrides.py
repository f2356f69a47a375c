"""A site's own mail templates: files that stand in for ours, for all of it or for one category.

`templates/email/digest/body.html` in the site's folder stands in for ours of that name, and
`templates/email/digest/SLUG/body.html` for both in the category of that slug: unlike a name, a slug
is unique on every disk. A digest whose rules name a `template` has each of these looked for in the
folder of that name first: `templates/weekly/digest/body.html`. What a site doesn't have is ours.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from syndicate.errors import TemplateError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Where they are below the site's folder, as ours are below `templates/`.
FOLDER = "templates"
MAILS = "email"
#: What templates are; a picture beside them is none.
_SUFFIXES = (".css", ".html", ".txt")
#: Bytes of a file. Ours have 6,000 at most.
LARGEST = 200_000


class Source(NamedTuple):
    """One file of a site."""

    #: Its path below the site's folder.
    place: str
    text: str


@dataclass(frozen=True, slots=True)
class Templates:
    """The templates that mails are made with: ours, but for these. Equal if they are alike."""

    version: str = ""
    #: By the name that templates know it by, such as `email/digest/body.html`.
    own: Mapping[str, Source] = field(default_factory=dict, compare=False)

    def place(self, name: str) -> str:
        """Where a template is, for a person to look."""
        return self.own[name].place if name in self.own else f"{FOLDER}/{name}"


#: Those of a site that has none of its own.
OURS = Templates()


class _Found(NamedTuple):
    """A file as it was when we looked."""

    name: str
    path: str
    inode: int
    size: int
    changed: int


def find(site: Path, slug: str = "", template: str = "") -> Templates:
    """The templates of a site as they are on its disk now, for the category of that slug.

    `template` is the folder that is looked into first. Only what has changed is read: it takes
    10 µs where there are none, 100 µs for ten files.

    Raises:
        TemplateError: there is no such folder, or a file is too large, no UTF-8, unreadable, or a
            link out of the site.
    """
    folders = [MAILS, template] if template else [MAILS]
    if template and not (site / FOLDER / template).is_dir():
        raise TemplateError(f"{FOLDER}/{template}: is no folder, though a digest wants it")
    found = {one.name: one for name in folders for one in _files(site / FOLDER / name, slug)}
    return _read(site, tuple(found.values())) if found else OURS


@lru_cache(maxsize=64)
def _read(site: Path, files: tuple[_Found, ...]) -> Templates:
    own = {file.name: _source(site, file.path) for file in files}
    version = hashlib.sha256(repr(sorted(own.items())).encode()).hexdigest()[:16]
    return Templates(version, own)


def _source(site: Path, path: str) -> Source:
    place = Path(path).relative_to(site).as_posix()
    try:
        if not Path(path).resolve().is_relative_to(site.resolve()):
            raise TemplateError(
                f"{place}: leads out of the site's folder; put the file itself there"
            )
        with Path(path).open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise TemplateError(f"{place}: can't be read: {error.strerror}") from error
    if len(data) > LARGEST:
        raise TemplateError(f"{place}: is larger than {LARGEST:,} bytes")
    try:
        return Source(place, data.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise TemplateError(f"{place}:{line}: isn't UTF-8; save it as such") from error


def _files(mails: Path, slug: str) -> Iterator[_Found]:
    """Each file, a category's own after what it stands in for."""
    for folder in _listed(str(mails)):
        if not folder.is_dir():
            continue
        for below in (folder.path, f"{folder.path}/{slug}")[: 2 if slug else 1]:
            for entry in _listed(below):
                # What begins with a dot is an editor's.
                if entry.name.endswith(_SUFFIXES) and entry.name[0] != "." and entry.is_file():
                    about = entry.stat()
                    name = f"{MAILS}/{folder.name}/{entry.name}"
                    yield _Found(name, entry.path, about.st_ino, about.st_size, about.st_mtime_ns)


def _listed(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise TemplateError(f"{folder}: can't be read: {error.strerror}") from error
