"""Documents on disk: whole or not at all, and untouched while they stay the same."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

from syndicate.errors import SettingsError

#: Everybody may read a feed: nginx runs as another user.
_MODE = 0o644
#: In a folder whose documents have moved: the name of the one beside it that has them.
MOVED = ".moved"
_REMEDIES = {
    errno.ENOSPC: "free some space on that disk",
    errno.EDQUOT: "free some space on that disk",
    errno.EACCES: "make the folder writable",
    errno.EPERM: "make the folder writable",
}
_OTHER_REMEDY = "name another folder as `output` under [feeds]"


def write_if_changed(path: Path, data: bytes, *, root: Path) -> bool:
    """Make the file hold `data`; True if it didn't already.

    A reader sees the old file or the new one, never a part, whenever the machine stops. The time
    of change moves only with the content, and then by a second at least.

    Raises:
        SettingsError: the path leads out of `root`, or can't be written.
    """
    target = inside(root, path)
    try:
        if _holds(target, data):
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        _replace(target, data)
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0, _OTHER_REMEDY)
        raise SettingsError(f"can't write {path}: {error.strerror or error}; {remedy}") from error
    return True


def move_away(old: Path, new: Path) -> None:
    """Have the documents of one folder be found in another, and take them out of the first.

    What stays is a note that names the other folder: `redirect_of` reads it.
    """
    (old / MOVED).write_text(new.name, encoding="utf-8")
    for path in old.iterdir():
        if path.name != MOVED:
            path.unlink()


def inside(root: Path, path: Path) -> Path:
    """The path with all links and dots resolved.

    Raises:
        SettingsError: it isn't below `root`.
    """
    try:
        resolved = path.resolve()
        if root.resolve() in resolved.parents:
            return resolved
    except (ValueError, RuntimeError):  # a NUL, half a surrogate pair, links in a circle
        pass
    raise SettingsError(
        f"{str(path)!r} is no file below {root}; documents are written nowhere else"
    )


def _holds(target: Path, data: bytes) -> bool:
    try:
        return target.stat().st_size == len(data) and target.read_bytes() == data
    except FileNotFoundError:
        return False


def _replace(target: Path, data: bytes) -> None:
    # The dot keeps a temporary file from being served, and the folder makes the rename atomic.
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(descriptor, _MODE)
            _move_past(target, descriptor)
            # The data before the name. The folder is left to the system: what a power cut undoes
            # is the rename, and then the old file is there, whole.
            os.fsync(descriptor)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _move_past(target: Path, descriptor: int) -> None:
    """Give the new file a later second than the old: Last-Modified can't tell them apart else."""
    try:
        old = int(target.stat().st_mtime)
    except FileNotFoundError:
        return
    if int(os.fstat(descriptor).st_mtime) <= old:
        os.utime(descriptor, (old + 1, old + 1))
