"""The workers that run, as commands speak to them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from syndicate.settings import SITE_VARIABLE

if TYPE_CHECKING:
    from types import ModuleType

    from syndicate.settings import Settings

#: Seconds that they may take to answer.
_PATIENCE = 1.0


def answering(settings: Settings) -> list[str]:
    """Those that answer within a second.

    Raises:
        StoreError: nobody can be asked.
    """
    workers: list[str] = _tasks(settings).workers(_PATIENCE)
    return workers


def hurry(settings: Settings) -> None:
    """Have them look now for what is to be done; without it they would within a minute."""
    tasks = _tasks(settings)
    tasks.offer(tasks.sweep)


def _tasks(settings: Settings) -> ModuleType:
    # Where Celery looks for its settings.
    os.environ[SITE_VARIABLE] = str(settings.folder)
    from syndicate import tasks  # noqa: PLC0415 - Celery takes 0.3 s, which most commands do without

    return tasks
