"""The folders that are written, and the room in them."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from syndicate.doctor.model import Finding, fail, ok, warn

if TYPE_CHECKING:
    from pathlib import Path

_MB = 1_000_000
#: Bytes. Redis writes its file anew beside the old one.
_LITTLE, _NONE = 1000 * _MB, 100 * _MB


def look(what: str, folder: Path) -> Finding:
    """What is to be said of a folder, or of where it will be made."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    if not there.is_dir():
        return fail(what, f"{there} is no folder", f"move it away, or name another for {folder}")
    if not os.access(there, os.W_OK | os.X_OK):
        return fail(
            what, f"{there} can't be written by us", f"have it belong to user {os.getuid()}"
        )
    return judge(what, folder, shutil.disk_usage(there).free)


def judge(what: str, folder: Path, free: int) -> Finding:
    """The same of one that can be written, with so many bytes free."""
    said = f"{folder}: {free / _MB:,.0f} MB free"
    if free < _LITTLE:
        return (fail if free < _NONE else warn)(what, said, "make room there")
    return ok(what, said)
