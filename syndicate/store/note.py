"""What this machine knows of the state in Redis, in a small file of its state folder."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import threading
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syndicate.errors import SettingsError
from syndicate.store.vouching import Note

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What tells a machine from its clone: systemd's id (machine-id(5)), and the one that cloud-init
#: has of each instance. A container has neither, and is told by its volume alone.
_MACHINE = (Path("/etc/machine-id"), Path("/var/lib/cloud/data/instance-id"))


class NoteFile:
    """The note of one state folder, which is replaced as a whole: nobody reads half of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "life.json"

    def machine(self) -> str:
        """Names this machine and folder: another for a clone of the one or a copy of the other."""
        with self._explained():
            self._folder.mkdir(parents=True, exist_ok=True)
            place = str(self._folder.stat().st_ino)
        parts = [path.read_text("ascii") for path in _MACHINE if os.access(path, os.R_OK)]
        return hashlib.sha256("\0".join((*parts, place)).encode()).hexdigest()[:16]

    def read(self) -> Note | None:
        """The note; None if there is none that can be read.

        Raises:
            SettingsError: the file isn't ours to read.
        """
        with self._explained():
            try:
                return _note(json.loads(self._path.read_text("utf-8")))
            except (FileNotFoundError, ValueError, TypeError, KeyError, OverflowError):
                return None

    def write(self, note: Note) -> None:
        """Put this in its place, on disk when it returns; of one life, its beat never goes back.

        It gives way to another process of this machine that is at it: that one's is as new.

        Raises:
            SettingsError: the folder can't be written.
        """
        with self._explained(), (self._folder / "life.lock").open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            there = self.read()
            if there and (there.id, there.machine) == (note.id, note.machine):
                note = replace(note, beat=max(note.beat, there.beat))
            self._put(note)

    def _put(self, note: Note) -> None:
        draft = self._path.with_name(f".life-{os.getpid()}-{threading.get_ident()}")
        with draft.open("w", encoding="utf-8") as file:
            json.dump(asdict(note), file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise SettingsError(
                f"can't read or write {self._path}: {error.strerror}; a machine that sends needs a "
                "state folder that it can write: set SYNDICATE_STATE__FOLDER"
            ) from error


def _note(said: Any) -> Note:  # noqa: ANN401 - whatever stands in the file
    """A note; raises what Python raises where it is none."""
    return Note(
        id=str(said["id"]),
        beat=int(said["beat"]),
        at=float(said["at"]),
        machine=str(said["machine"]),
    )
