"""A site of its own for each example: its folder, its part of Redis, its clock, its service."""

from __future__ import annotations

import itertools
import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from syndicate.app import App
from syndicate.settings import load
from syndicate.store import client
from tests.conftest import SETTINGS, Clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from syndicate.store.client import Store

_numbers = itertools.count(1)


@dataclass
class Site:
    """A site, and the service that publishes it."""

    folder: Path
    store: Store
    settings: str
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self._mtime = itertools.count(1_700_000_000)
        self.reopen("")

    @property
    def public(self) -> Path:
        return self.folder / "public"

    def reopen(self, settings: str) -> None:
        """Open the service as another process would, with these settings beside its first."""
        (self.folder / "syndicate.toml").write_text(self.settings + settings)
        self.app = App(load(self.folder), self.store, self.clock)

    def write(self, source: str, content: bytes) -> None:
        """Write a file; no two writings have one time, however fast they come."""
        path = self.folder / source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        second = next(self._mtime)
        os.utime(path, (second, second))

    def publish(self) -> None:
        self.app.publish()
        assert self.app.feeds.dirty() == {}, "a feed stayed as it was"


@contextmanager
def _site(redis_url: str, settings: str) -> Iterator[Site]:
    prefix = f"property{next(_numbers)}"
    store = client.connect(redis_url, prefix)
    with TemporaryDirectory() as folder:
        (Path(folder) / "_posts").mkdir()
        yield Site(Path(folder), store, SETTINGS.format(url=redis_url, prefix=prefix) + settings)
    store.close()


@pytest.fixture(scope="session")
def open_site(redis_url: str) -> Callable[[str], AbstractContextManager[Site]]:
    """Opens a new site with these settings beside the usual ones."""
    return lambda settings: _site(redis_url, settings)
