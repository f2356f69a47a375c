"""The feeds elsewhere that a site takes in, as a `Source` of the files that fetching left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syndicate.errors import PostError
from syndicate.posts import category
from syndicate.posts.faults import Faults
from syndicate.posts.model import Problem, Reading
from syndicate.posts.post_file import read_file
from syndicate.posts.remote.files import SCHEME, folder_of, taken_apart
from syndicate.posts.remote.model import Entry
from syndicate.posts.remote.read import post_of
from syndicate.posts.scan import Found

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from syndicate.settings import Settings
    from syndicate.settings.remote import Remote


class RemoteSource:
    """Every entry that the settings' remotes ever had; nothing is fetched here."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = folder_of(settings).resolve()
        self._remotes = {remote.name: remote for remote in settings.remotes}

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Categories in the settings that none can be called."""
        return tuple(
            Problem("syndicate.toml", f"[[remotes]] {remote.name}: category {name!r} {fault}")
            for remote in self._remotes.values()
            for name in remote.categories
            if (fault := category.fault(name))
        )

    @property
    def version(self) -> str:
        """Changes with what the settings say of the entries."""
        fields = {"name", "categories", "language", "author"}
        return "\n".join(r.model_dump_json(include=fields) for r in self._remotes.values())

    def owns(self, source: str) -> bool:
        """Whether it is called as the entries of a remote are."""
        return self._placed(source) is not None

    def shapes(self, path: str) -> bool:
        """No file but its own shapes a post."""
        del path
        return False

    def scan(self) -> Iterator[Found]:
        """Every entry of every remote, each one's by age."""
        for name in sorted(self._remotes):
            for source in self._listed(name):
                yield from self.look([source])

    def look(self, sources: Iterable[str]) -> Iterator[Found]:
        """Those of these that there are."""
        for source in sorted(set(sources)):
            placed = self._placed(source)
            try:
                status = placed and placed[1].stat()
            except OSError:
                continue
            if status:
                yield Found(source, status.st_mtime_ns, status.st_size)

    def has(self, source: str) -> bool:
        """Whether there is a file."""
        placed = self._placed(source)
        return placed is not None and placed[1].is_file()

    def read(self, source: str, *, now: datetime) -> Reading:
        """The post of this entry: what is due is decided when it is fetched."""
        del now
        faults, post, archive = Faults(source), None, False
        placed = self._placed(source)
        try:
            if placed is None:
                raise PostError("no entry of a remote in the settings")  # noqa: TRY301 - told as all are
            remote, path = placed
            below = path.relative_to(self._folder).as_posix()
            entry = _entry(read_file(self._folder, below, self._settings.posts.max_bytes))
            archive = entry.archive
            post = post_of(entry, remote, self._settings, faults)
        except PostError as error:
            faults.error(error.reason, error.line)
        return Reading(source, post, tuple(faults.problems), archive=archive)

    def _placed(self, source: str) -> tuple[Remote, Path] | None:
        parts = taken_apart(source)
        remote = self._remotes.get(parts[0]) if parts else None
        return (remote, self._folder / parts[0] / parts[1]) if parts and remote else None

    def _listed(self, name: str) -> list[str]:
        try:
            found = sorted(path.name for path in (self._folder / name).iterdir())
        except FileNotFoundError:
            return []
        except OSError as error:
            folder = self._folder / name
            raise PostError(f"can't look into {folder}: {error.strerror}") from error
        return [f"{SCHEME}{name}/{file}" for file in found]


def _entry(text: str) -> Entry:
    try:
        return Entry.from_json(text)
    except ValueError as error:
        raise PostError(f"{error}; remove the file, and it is fetched again") from error
