"""Files that change under a site's folder, noticed as they change."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from watchfiles import Change, DefaultFilter, watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from syndicate.posts.source import Source

#: Milliseconds of quiet that end a burst: a generator writes a hundred files at once.
_QUIET = 500
#: Milliseconds until a burst without an end is passed on all the same.
_BURST = 2000


class _Posts(DefaultFilter):
    """Lets through what can change a post."""

    def __init__(self, root: Path, source: Source) -> None:
        super().__init__()
        self._root = root
        self._source = source

    def __call__(self, change: Change, path: str) -> bool:
        below = _below(self._root, path)
        ours = self._source.owns(below) or self._source.shapes(below)
        return ours and super().__call__(change, path)


@contextmanager
def watching(
    folder: Path, source: Source, changed: Callable[[list[str] | None], object]
) -> Iterator[None]:
    """Call `changed` once for each burst of changes, for as long as the block lasts.

    It gets the sources of the posts that changed, or None where every post may have. It is a hint
    that saves a minute: who misses one finds it at the next regular sync.
    """
    root = folder.resolve()
    stop = threading.Event()

    def run() -> None:
        for burst in watch(
            root,
            watch_filter=_Posts(root, source),
            debounce=_BURST,
            step=_QUIET,
            stop_event=stop,
            raise_interrupt=False,
        ):
            changed(_sources(source, {_below(root, path) for _, path in burst}))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _sources(source: Source, paths: set[str]) -> list[str] | None:
    """The posts' paths below the site's folder; None if anything else is among them."""
    return sorted(paths) if all(source.owns(path) for path in paths) else None


def _below(root: Path, path: str) -> str:
    return Path(path).relative_to(root).as_posix()
