"""Looks after the workers of this machine from a thread, and has the stuck ones replaced."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from syndicate.errors import StoreError
from syndicate.running.stuck import Watch
from syndicate.store import client, embedded
from syndicate.store.pulse import Pulse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syndicate.running.supervise import Processes
    from syndicate.settings import Settings

#: Seconds between two looks at the most, and how many there are in the patience with a worker.
_EVERY, _LOOKS = 5.0, 6


def node(name: str) -> str:
    """What a worker of this machine is called in Redis, and in Celery's own words."""
    return f"{name}@{socket.gethostname()}"


@contextmanager
def guarding(settings: Settings, processes: Processes) -> Iterator[None]:
    """Have workers that are stuck replaced, for as long as the block lasts."""
    done = threading.Event()
    guard = threading.Thread(target=_guard, args=(settings, processes, done), daemon=True)
    guard.start()
    try:
        yield
    finally:
        done.set()
        guard.join()


def _guard(settings: Settings, processes: Processes, done: threading.Event) -> None:
    rules = settings.workers
    crew = rules.crew()
    watch = Watch(crew, rules.patience, settings.delivery.hard_limit)
    url = settings.redis.url or embedded.url_of(settings.state_folder)
    with closing(client.connect(url, settings.redis.prefix)) as store:
        pulse = Pulse(store)
        while not done.wait(min(_EVERY, rules.patience / _LOOKS)):
            try:
                with client.speaking_plainly(url):
                    depths, signs = pulse.depths(), pulse.signs()
            except StoreError:
                # Who can't reach Redis can't work, and isn't stuck for that; the workers say so.
                continue
            said = {name: signs[node(name)] for name in crew if node(name) in signs}
            started = {name: at for name, at in processes.started().items() if name in crew}
            stuck = watch.look(time.monotonic(), started, depths, said)
            for name, why in stuck.items():
                processes.replace(name, why)
