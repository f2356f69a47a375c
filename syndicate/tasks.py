"""The Celery tasks: ids in, one call out. Nothing else may be lost when the queue loses a task.

Celery on Redis can lose or repeat a task, so none carries more than ids, each may run any number of
times, and `sweep` hands out again what nobody holds. There is no ETA and no countdown: what is due
later stands in Redis (docs/decisions/0003).
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from functools import cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec

import structlog
from celery import Celery
from celery.exceptions import OperationalError
from celery.signals import setup_logging, worker_ready, worker_shutting_down

from syndicate.app import opened
from syndicate.errors import BusyError, SyndicateError
from syndicate.logs import configure_logging
from syndicate.settings import SITE_VARIABLE, Settings, load
from syndicate.stopping import Stopping
from syndicate.store import client, embedded, keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from celery.app.task import Task

    from syndicate.app import App

P = ParamSpec("P")

_log = structlog.get_logger()

#: Seconds between two looks at the site's files.
_SYNC_EVERY = 60.0
#: Seconds between two looks at which remote feeds are due.
_FETCH_EVERY = 60.0
#: Seconds between two looks into the boxes that bounces come to.
_BOUNCES_EVERY = 60.0
#: Seconds between two looks at the cadences: cron's own grain.
_TICK_EVERY = 60.0
#: Seconds between kombu's looks for tasks whose worker vanished, each look a real one.
_RESTORE_EVERY = 5


def site_settings() -> Settings:
    """The settings of the site that SYNDICATE_SITE_DIR names, else of the current folder.

    Raises:
        SettingsError: they are wrong.
    """
    return load(Path(os.environ.get(SITE_VARIABLE, ".")))


def celery_config(settings: Settings) -> dict[str, Any]:
    """How Celery runs: late acknowledgement, one task at a time, JSON, no results."""
    url = settings.redis.url or f"redis+socket://{embedded.socket_path(settings.state_folder)}"
    every = {"sync": _SYNC_EVERY, "tick": _TICK_EVERY, "sweep": settings.delivery.sweep}
    if settings.remotes:
        every["fetch"] = _FETCH_EVERY
    if settings.bounces.polled:
        every["bounces"] = _BOUNCES_EVERY
    return {
        "broker_url": url.replace("unix://", "redis+socket://", 1),
        "broker_connection_retry_on_startup": True,
        "broker_transport_options": {
            "visibility_timeout": settings.delivery.visibility,
            "global_keyprefix": f"{settings.redis.prefix}:queue:",
            "unacked_restore_interval": _RESTORE_EVERY,
            "unacked_restore_throttle": 1,
        },
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_ignore_result": True,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_time_limit": settings.delivery.hard_limit,
        "task_default_queue": "ingest",
        "task_routes": {
            "syndicate.sync": {"queue": "ingest"},
            "syndicate.pull": {"queue": "ingest"},
            "syndicate.fetch": {"queue": "ingest"},
            "syndicate.bounces": {"queue": "ingest"},
            "syndicate.publish": {"queue": "publish"},
            "syndicate.tell_hub": {"queue": "publish"},
            "syndicate.tick": {"queue": "digest"},
            "syndicate.plan": {"queue": "digest"},
            "syndicate.sweep": {"queue": "digest"},
            "syndicate.deliver": {"queue": "deliver"},
            # Nobody who waits for a letter waits for a mailing to end.
            "syndicate.post": {"queue": "post"},
            "syndicate.admit": {"queue": "post"},
        },
        "worker_prefetch_multiplier": 1,
        "worker_hijack_root_logger": False,
        "beat_schedule": {
            # A task that waited for longer than its turn is not worth two.
            name: {
                "task": f"syndicate.{name}",
                "schedule": seconds,
                "options": {"expires": seconds},
            }
            for name, seconds in every.items()
        },
        "timezone": "UTC",
    }


#: Every queue, for a worker that serves all.
QUEUES = keys.QUEUES


def _defaults() -> dict[str, Any]:
    try:
        return celery_config(site_settings())
    except SyndicateError as error:
        # For whoever typed `celery -A worker …`: a line, no traceback.
        sys.exit(f"error: {error}")


celery = Celery("syndicate", set_as_current=True)
# Read at first use, not at import.
celery.add_defaults(_defaults)


_process = ExitStack()
_stopping = Stopping()


@cache
def current() -> App:
    """This process's service, opened at its first task: after the fork, and for its whole life."""
    return _process.enter_context(opened(site_settings()))


def task(function: Callable[P, None]) -> Task[P, None]:
    """A task of ours: what goes wrong is a line in the log, and the next sweep's business."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            with client.speaking_plainly(celery.conf.broker_url):
                function(*args, **kwargs)
        except BusyError as error:
            _log.info(function.__name__, skipped=str(error))
        except SyndicateError as error:
            _log.error(function.__name__, args=args, error=str(error))

    return celery.task(name=f"syndicate.{function.__name__}")(run)


def offer(what: Task[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
    """Put a task into its queue, by somebody who can do without: beat comes to it in a minute."""
    try:
        what.delay(*args, **kwargs)
    except OperationalError as error:
        _log.warning("not queued", task=what.name, error=str(error))


@task
def sync(sources: list[str] | None = None, announce: bool | None = None) -> None:
    """Take in the site's files, or only these, and publish what changed."""
    current().sync(only=sources, announce=announce)
    publish.delay()


@task
def pull() -> None:
    """Bring the site's folder up to what was pushed, and take in what changed."""
    current().pull()
    sync.delay()


@task
def fetch() -> None:
    """Ask the remote feeds that are due, and publish what came."""
    _, report = current().fetch()
    if report:
        publish.delay()


@task
def bounces() -> None:
    """Take in what came back to the boxes that the settings name."""
    current().bounces.poll()


@task
def publish() -> None:
    """Write the feeds that changed."""
    current().publish()
    tell_hub.delay()


@task
def tell_hub() -> None:
    """Tell the WebSub hub, if there is one, what changed."""
    current().tell_hub()


@task
def tick() -> None:
    """Cut and order what is due."""
    for mailing in current().tick():
        plan.delay(mailing)


@task
def plan(mailing: int) -> None:
    """Freeze an audience; each chunk may go out while the next is made."""
    for chunk in current().plan(mailing):
        deliver.delay(mailing, chunk)


@task
def deliver(mailing: int, chunk: int) -> None:
    """Send a chunk, or some of it; what is left of it is due at once or later."""
    app = current()
    with _stopping.ending_well():
        was_ours = app.deliver(mailing, chunk, _stopping.is_near)
        if was_ours and app.ledger.is_due(mailing, chunk, app.clock()):
            deliver.delay(mailing, chunk)


@task
def admit() -> None:
    """Look at the sign-ups that wait."""
    if current().signup.admit():
        post.delay()


@task
def post() -> None:
    """Send the letters that are due."""
    current().send_letters()


@task
def sweep() -> None:
    """Hand out the work that nobody holds."""
    work = current().sweep()
    if work.hub:
        tell_hub.delay()
    if work.pull:
        pull.delay()
    if work.signups:
        admit.delay()
    if work.letters:
        post.delay()
    for mailing in work.plan:
        plan.delay(mailing)
    for mailing, chunk in work.deliver:
        deliver.delay(mailing, chunk)


@setup_logging.connect
def _log_plainly(**_: object) -> None:
    configure_logging()


@worker_shutting_down.connect
def _end_well(**_: object) -> None:
    _stopping.tell()


@worker_ready.connect
def _recover(**_: object) -> None:
    """What a crash left is taken up at once (STANDARDS X-6)."""
    sweep.delay()
