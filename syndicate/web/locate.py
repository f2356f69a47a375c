"""Which file a URL names: the documents by their names, and nothing else that lies beside them."""

from __future__ import annotations

import errno
import re
import stat
from typing import TYPE_CHECKING

from syndicate.feeds import opml, pages
from syndicate.feeds.model import Format

if TYPE_CHECKING:
    import os
    from pathlib import Path

#: All that is served, by its name, and what HTTP calls it.
TYPES = {
    **{kind.value: kind.media_type for kind in Format},
    **pages.MEDIA_TYPES,
    opml.FILE_NAME: opml.MEDIA_TYPE,
}
#: The URL path of an archive's document, below its feed's folder.
ARCHIVE = re.compile(r"(?P<feed>.*)/archive/[0-9]{1,9}(?:-[0-9]{1,9})?/(?P<document>[^/]*)")
#: Characters of a path: four times what a document's takes whose category has as long a name as a
#: file system knows. Places are remembered, so they mustn't be as long as one likes.
_LONGEST = 1000
#: What the system says of a path that names no file.
_ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP)


def locate(root: Path, url_path: str) -> Path:
    """The document that a decoded URL path names, a folder's page for the folder; nothing else.

    A path goes down only: no segment is empty or begins with a dot. What a link inside `root`
    points to, the operator wanted there.

    Raises:
        FileNotFoundError: it names none.
    """
    if len(url_path) > _LONGEST:
        raise FileNotFoundError(url_path[:_LONGEST])
    *folders, name = url_path.removeprefix("/").split("/")
    name = name or pages.PAGE
    if name not in TYPES or any(not part or part.startswith(".") for part in folders):
        raise FileNotFoundError(url_path)
    return root.joinpath(*folders, name)


def look(path: Path) -> os.stat_result:
    """What the system knows of a file.

    Raises:
        FileNotFoundError: there is none, or it is no regular one.
        OSError: the disk fails.
    """
    try:
        about = path.stat()
    except ValueError as error:  # a NUL, or half a surrogate pair
        raise FileNotFoundError(path) from error
    except OSError as error:
        if error.errno in _ABSENT:
            raise FileNotFoundError(path) from error
        raise
    if not stat.S_ISREG(about.st_mode):
        raise FileNotFoundError(path)
    return about
