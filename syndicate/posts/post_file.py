"""The text of a post's file, or the reason why there is none."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

from syndicate.errors import PostError
from syndicate.posts.text import clean

if TYPE_CHECKING:
    from pathlib import Path

#: Whoever opens a pipe by mistake must not wait for its other end.
_OPENING = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK


def read_file(folder: Path, source: str, limit: int) -> str:
    """The text of a file below the site's folder, with LF at line ends, fit for XML.

    `folder` is resolved; `limit` is in bytes.

    Raises:
        PostError: no file, no text, or too much of it.
    """
    try:
        return _decoded(_contents(_opened(folder, source), limit))
    except OSError as error:
        if "\\" in source:
            raise PostError("its name is not UTF-8; rename it") from error
        raise PostError(f"can't be read: {error.strerror}") from error


def _opened(folder: Path, source: str) -> int:
    """A descriptor of the file, or of what a link within the site leads to."""
    path = f"{folder}/{source}"
    try:
        return os.open(path, _OPENING | os.O_NOFOLLOW)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
    target = os.path.realpath(path)
    if os.path.commonpath((target, folder)) != str(folder):
        raise PostError("a symbolic link that leads out of the site; put the file here")
    return os.open(target, _OPENING | os.O_NOFOLLOW)


def _contents(file: int, limit: int) -> bytes:
    """All of an open file, which is closed."""
    try:
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode):
            raise PostError("not a file")
        if status.st_size > limit:
            raise PostError(f"{status.st_size} bytes, more than {limit}; it was not read")
        return os.read(file, status.st_size)
    finally:
        os.close(file)


def _decoded(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PostError(
            f"not UTF-8 at line {line}; convert it, e.g. iconv -f GB18030 -t UTF-8", line
        ) from error
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return clean(text)
