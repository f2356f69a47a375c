"""Files that change under a site's folder, noticed as they change."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from watchfiles import Change, DefaultFilter, watch

from syndicate.posts.naming import POSTS_FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Milliseconds of quiet that end a burst: a generator writes a hundred files at once.
_QUIET = 500
#: Milliseconds until a burst without an end is passed on all the same.
_BURST = 2000
#: Beside the posts themselves: what they are made with.
_FOLDERS = frozenset({POSTS_FOLDER, "_includes", "_data", "_drafts"})
_FILES = frozenset({"_config.yml"})


class _Posts(DefaultFilter):
    """Lets through what can change a post."""

    def __call__(self, change: Change, path: str) -> bool:
        parts = path.split("/")
        ours = not _FOLDERS.isdisjoint(parts) or parts[-1] in _FILES
        return ours and super().__call__(change, path)


@contextmanager
def watching(folder: Path, changed: Callable[[list[str] | None], object]) -> Iterator[None]:
    """Call `changed` once for each burst of changes, for as long as the block lasts.

    It gets the sources of the posts that changed, or None where every post may have. It is a hint
    that saves a minute: who misses one finds it at the next regular sync.
    """
    root = folder.resolve()
    stop = threading.Event()

    def run() -> None:
        for burst in watch(
            root,
            watch_filter=_Posts(),
            debounce=_BURST,
            step=_QUIET,
            stop_event=stop,
            raise_interrupt=False,
        ):
            changed(_sources(root, {path for _, path in burst}))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _sources(root: Path, paths: set[str]) -> list[str] | None:
    """The posts' paths below the site's folder; None if anything else is among them."""
    sources = sorted(Path(path).relative_to(root).as_posix() for path in paths)
    return sources if all(POSTS_FOLDER in source.split("/") for source in sources) else None
