"""A worker: a process of its own that does what the Celery tasks do, until it is killed."""

from __future__ import annotations

import logging
import os
import random
import signal
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from syndicate.app import App
from syndicate.errors import SyndicateError
from syndicate.settings import load
from syndicate.store import client

if TYPE_CHECKING:
    from tests.chaos.board import Board

#: Seconds between two looks at the board while there is nothing to do.
_PAUSE = 0.004
#: How much worse than an hour's logs of a worker in trouble.
_QUIET = logging.CRITICAL


@dataclass(frozen=True)
class Orders:
    """What a worker has to know."""

    site: Path
    slot: int
    board: Board
    #: Settings from the environment, by their variables.
    environment: dict[str, str] = field(default_factory=dict)
    #: Where it says what it couldn't do with an error that isn't ours.
    complaints: Path = Path()


def work(orders: Orders) -> None:
    """Do all that is to be done, again and again."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(_QUIET))
    os.environ.update(orders.environment)
    settings = load(orders.site)
    app: App | None = None
    while not orders.board.ending:
        turn = orders.board.turn
        try:
            with client.speaking_plainly(settings.redis.url):
                if app is None:
                    store = client.connect(settings.redis.url, settings.redis.prefix)
                    app = App(settings, store, orders.board.clock)
                if look(app):
                    continue
        except SyndicateError:
            # As a task has it: the next sweep finds what is left. Redis may be dead just now, and
            # says nothing when it is back.
            time.sleep(_PAUSE)
            continue
        except Exception:
            orders.complaints.joinpath(f"{os.getpid()}").write_text(traceback.format_exc())
            raise
        orders.board.set_idle(orders.slot, turn)
        while orders.board.turn == turn and not orders.board.ending:
            # Shared memory without a lock: one that a killed worker held would stop all.
            time.sleep(_PAUSE)


def look(app: App) -> bool:
    """One sweep and what it hands out; whether anything was done."""
    done = bool(app.desk.tick())
    found = app.sweep()
    for mailing in found.plan:
        for chunk in app.plan(mailing):
            done = True
            app.deliver(mailing, chunk)
    # Two workers want the same chunk as often as not.
    random.shuffle(found.deliver)
    for mailing, chunk in found.deliver:
        done |= app.deliver(mailing, chunk)
    if found.letters:
        done |= app.send_letters() > 0
    return done
