"""What to say of a document that isn't where it is asked for: the notes of `feeds.moves` tell."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import PlainTextResponse, Response

from syndicate.feeds import pages
from syndicate.feeds.files import MOVED
from syndicate.feeds.model import FRESH_FOR
from syndicate.feeds.moves import GONE
from syndicate.web.locate import ARCHIVE, locate, look

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

#: Notes that are followed for one document; more would be a circle.
_MOST_MOVES = 100
_KEPT = {"Cache-Control": f"public, max-age={FRESH_FOR}"}


class _GoneError(Exception):
    """The document was there once, and nothing is in its stead."""


def redirect(root: Path, url_path: str) -> Response | None:
    """The answer for a document that is absent; None if there never was any such.

    301, in one hop, for what has moved; 410 for what was taken back; 307 for an archive that isn't
    sealed yet: what a sealed one says of the next must be true for ever, so it names it before
    there is one, and until then that address leads to the live document.
    """
    try:
        *folders, _ = locate(root, url_path).relative_to(root).parts
        now = _follow(root, folders)
        if now != folders:
            return _see(_way(folders, now) + url_path.rpartition("/")[2], 301)
        match = ARCHIVE.fullmatch(url_path)
        if match and not root.joinpath(*folders).exists():
            look(locate(root, f"{match['feed']}/{match['document']}"))
            return _see(f"../../{match['document']}", 307)
    except _GoneError:
        return PlainTextResponse("Gone", 410, _KEPT)
    except (OSError, ValueError):  # no document, or no path that the system knows
        return None
    return None


def _follow(root: Path, folders: Sequence[str]) -> list[str]:
    """Where a folder's documents are now, by the notes in it and in those above it.

    Raises:
        _GoneError: one of them was taken back.
        FileNotFoundError: the notes lead nowhere.
    """
    now, depth = list(folders), 1
    for _ in range(_MOST_MOVES):
        folder = root.joinpath(*now[:depth])
        if depth > len(now) or not folder.exists():
            return now
        if (folder / GONE).exists():
            raise _GoneError
        if name := _moved_to(folder):
            now[depth - 1] = name
        else:
            depth += 1
    raise FileNotFoundError(root.joinpath(*folders))


def _moved_to(folder: Path) -> str:
    """The folder beside it that its documents are in; empty if they are in this one."""
    # A feed that was renamed may be there again under its first name.
    if not (folder / MOVED).is_file() or (folder / pages.PAGE).exists():
        return ""
    return (folder / MOVED).read_text(encoding="utf-8")


def _way(before: Sequence[str], now: Sequence[str]) -> str:
    """The relative URL from one folder to another as deep, ending in a slash."""
    same = next(
        depth for depth, pair in enumerate(zip(before, now, strict=True)) if len({*pair}) > 1
    )
    return "../" * (len(before) - same) + "".join(f"{quote(name, safe='')}/" for name in now[same:])


def _see(place: str, status: int) -> Response:
    return Response(status_code=status, headers={"Location": place, **_KEPT})
