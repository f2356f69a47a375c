from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.properties.sites import open_site

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["open_site"]


@pytest.fixture(autouse=True, scope="session")
def no_power_cut() -> Iterator[None]:
    """Nobody pulls the plug on these examples, and waiting for the disk is most of their time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _descriptor: None)
        yield
