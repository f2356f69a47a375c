"""The folder of a remote feed: a file for each entry that it ever had."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from syndicate.errors import SettingsError
from syndicate.posts.remote.model import Entry

if TYPE_CHECKING:
    from syndicate.settings import Settings

#: What every source of ours begins with.
SCHEME = "remote:"
#: The day comes first, so that posts come in by age.
_SOURCE = re.compile(r"remote:([a-z0-9-]+)/(\d{4}-\d\d-\d\dT\d{6}Z-([0-9a-f]{24})\.json)")


def folder_of(settings: Settings) -> Path:
    """The folder of all remotes: each has one of its name in it."""
    return settings.state_folder / "remote"


def taken_apart(source: str) -> tuple[str, str] | None:
    """The name of the remote and of the file in its folder; None if it is no source of ours."""
    match = _SOURCE.fullmatch(source)
    return (match[1], match[2]) if match else None


class Files:
    """The entries of one remote, each in a file that is whole or not there."""

    def __init__(self, settings: Settings, name: str) -> None:
        self._name = name
        self._folder = folder_of(settings) / name
        self._known = self._listed()

    def get(self, entry: Entry) -> Entry | None:
        """What is kept of an entry; None if nothing that can be read is."""
        name = self._known.get(entry.key)
        if name is None:
            return None
        try:
            return Entry.from_json((self._folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            # It is written anew, from the feed.
            return None

    def put(self, entry: Entry) -> str:
        """Keep an entry; returns its source.

        Raises:
            SettingsError: it can't be written.
        """
        made = f"{entry.published:%Y-%m-%dT%H%M%SZ}-{entry.key}.json"
        name = self._known.setdefault(entry.key, made)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _write(self._folder / name, entry.to_json())
        except OSError as error:
            raise SettingsError(
                f"can't write {self._folder}: {error.strerror}; make it writable"
            ) from error
        return f"{SCHEME}{self._name}/{name}"

    def _listed(self) -> dict[str, str]:
        if not self._folder.is_dir():
            return {}
        sources = (f"{SCHEME}{self._name}/{path.name}" for path in self._folder.iterdir())
        matches = map(_SOURCE.fullmatch, sources)
        return {match[3]: match[2] for match in matches if match}


def _write(path: Path, text: str) -> None:
    """The old file or the new one is there, whenever the machine stops."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
