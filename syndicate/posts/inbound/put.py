"""Puts files of posts into the site's folder: whole or not at all, whenever the machine stops."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from syndicate.errors import PostError

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Everybody may read a post: what builds the site runs as another user.
_MODE = 0o644


def create(path: Path, data: bytes, *, root: Path) -> bool:
    """Make a new file; False, and nothing else, if there is one already.

    Raises:
        PostError: the path leads out of `root`, or can't be written.
    """
    with _draft(path, data, root) as draft:
        try:
            # A link never replaces.
            path.hardlink_to(draft)
        except FileExistsError:
            return False
    return True


def overwrite(path: Path, data: bytes, *, root: Path) -> None:
    """Make the file hold `data`, whether or not there is one.

    Raises:
        PostError: the path leads out of `root`, or can't be written.
    """
    with _draft(path, data, root) as draft:
        draft.replace(path)


def content(path: Path) -> bytes | None:
    """What the file holds; None if there is none.

    Raises:
        PostError: it can't be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise PostError(f"can't read {path}: {error.strerror}; make it readable") from error


@contextmanager
def _draft(path: Path, data: bytes, root: Path) -> Iterator[Path]:
    """A file beside the path that holds the data; its dot keeps it from being taken for a post."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.parent.resolve().is_relative_to(root.resolve()):
            raise PostError(f"{path.parent} leads out of {root}; posts are written nowhere else")
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fchmod(descriptor, _MODE)
                os.fsync(descriptor)
            yield Path(name)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise PostError(
            f"can't write {path}: {error.strerror}; make the folder writable, or free some space"
        ) from error
