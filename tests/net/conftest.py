from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.servers import Server, running

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[Server]:
    """A real HTTP server, which answers as a test tells it."""
    with running() as found:
        yield found
