"""Commands as a person types them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

#: Long past: a command reads the real clock, which a post must not be ahead of.
DAY = "2024-05-17"


@pytest.fixture
def syndicate(syndicate: Callable[..., Result]) -> Callable[..., Result]:
    """The same, with nothing of the logs, which have no place on stdout."""

    def run(*argv: object) -> Result:
        with capture_logs():
            return syndicate(*argv)

    return run


@pytest.fixture
def write(write_post: Callable[..., Path]) -> Callable[..., Path]:
    """Writes a post of long ago."""
    return lambda slug, *categories, **rest: write_post(slug, *categories, day=DAY, **rest)


@pytest.fixture
def synced(
    site: Path, write: Callable[..., Path], syndicate: Callable[..., Result]
) -> Callable[..., Result]:
    """A site with an archive and one post that is news; gives commands on it."""

    def run(*argv: object) -> Result:
        return syndicate(*argv, "--site", site)

    write("old", "tech")
    assert run("sync").exit_code == 0
    write("new", "tech", "TechWeb")
    assert run("sync").exit_code == 0
    return run


def told(result: Result) -> str:
    """The one line of an error."""
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: ")
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return str(line).removeprefix("error: ")
