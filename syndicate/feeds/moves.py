"""Documents that have left their place: notes on disk say where they are now, or that they're gone.

A note is a hidden file in the folder that they left; whoever serves the folder answers by it.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from syndicate.errors import SettingsError
from syndicate.feeds.files import MOVED

if TYPE_CHECKING:
    from pathlib import Path

#: In the folder of a feed that was taken back.
GONE = ".gone"


def move_away(old: Path, new: Path) -> None:
    """Have the documents of one folder be found in another beside it, and clear the first."""
    # A state that was put back on another machine finds no documents there.
    old.mkdir(parents=True, exist_ok=True)
    (old / MOVED).write_text(new.name, encoding="utf-8")
    _clear(old, MOVED)


def move_feed(old: Path, new: Path) -> None:
    """The same for a whole feed, which may never have been there; a repetition costs a look."""
    note = old / MOVED
    if old.is_dir() and not (note.exists() and note.read_text(encoding="utf-8") == new.name):
        move_away(old, new)


def take_down(folder: Path) -> None:
    """Have the documents in this folder and all below it be gone, if they ever were there."""
    if folder.is_dir() and not (folder / GONE).exists():
        (folder / GONE).touch()
        _clear(folder, GONE)


def put_back(folder: Path) -> None:
    """What was gone is there again."""
    (folder / GONE).unlink(missing_ok=True)


def _clear(folder: Path, note: str) -> None:
    """Leave nothing in a folder but a note.

    Raises:
        SettingsError: something in it can't be deleted.
    """
    for path in folder.iterdir():
        if path.name == note:
            continue
        try:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        except OSError as error:
            raise SettingsError(f"can't delete {path}: {error.strerror}; delete it") from error
