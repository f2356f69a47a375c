"""The Celery tasks: ids in, one call out. Nothing else may be lost when the queue loses a task.

Celery on Redis can lose or repeat a task, so none carries more than ids, each may run any number of
times, and `sweep` hands out again what nobody holds. There is no ETA and no countdown: what is due
later stands in Redis (docs/decisions/0003).
"""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager, nullcontext
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, ParamSpec

import structlog
from celery import Celery
from celery.concurrency.solo import TaskPool
from celery.exceptions import OperationalError
from celery.signals import (
    before_task_publish,
    setup_logging,
    worker_ready,
    worker_shutting_down,
)

from syndicate.app import opened, wall_clock
from syndicate.errors import BusyError, StoreError, SyndicateError
from syndicate.running.logs import configure_logging
from syndicate.running.queues import celery_config, site_settings
from syndicate.running.stopping import Stopping
from syndicate.running.vitals import Vitals
from syndicate.store import client, keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from celery.app.task import Task
    from celery.worker.consumer import Consumer

    from syndicate.app import App

P = ParamSpec("P")

_log = structlog.get_logger()

#: Seconds after which beat has everything looked at that may be to be done.
_MINUTE = 60.0
#: Signs of life that a worker gives in the time after which a silent one is replaced.
_SIGNS = 6

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
#: Those of a worker that does its tasks in this very process, once it is ready.
_vitals: list[Vitals] = []


@cache
def current() -> App:
    """This process's service, opened at its first task: after the fork, and for its whole life."""
    return _process.enter_context(opened(site_settings()))


def task(function: Callable[P, None]) -> Task[P, None]:
    """A task of ours: what goes wrong is a line in the log, and the next sweep's business."""
    name = f"syndicate.{function.__name__}"

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            with client.speaking_plainly(celery.conf.broker_url), _moving(name):
                function(*args, **kwargs)
        except BusyError as error:
            _log.info(function.__name__, skipped=str(error))
        except SyndicateError as error:
            _log.error(function.__name__, args=args, error=str(error))

    return celery.task(name=name)(run)


@contextmanager
def _moving(name: str) -> Iterator[None]:
    """Leave the marks by which one sees that the work goes on."""
    app, queue = current(), celery.conf.task_routes[name]["queue"]
    app.pulse.moved(queue, app.clock())
    try:
        with _vitals[0].busy(name) if _vitals else nullcontext():
            yield
    finally:
        app.pulse.moved(queue, app.clock())


def offer(what: Task[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
    """Put a task into its queue, by somebody who can do without: beat comes to it in a minute.

    After that it isn't worth a turn any more.
    """
    try:
        what.apply_async(args, kwargs, expires=_MINUTE)
    except OperationalError as error:
        _log.warning("not queued", task=what.name, error=str(error))


def workers(seconds: float) -> list[str]:
    """The workers that answer within so many seconds.

    Raises:
        StoreError: nobody can be asked.
    """
    try:
        answers = celery.control.ping(timeout=seconds)
    except OperationalError as error:
        raise StoreError(f"can't ask the workers: {error}; is Redis running?") from error
    return [name for answer in answers or () for name in answer]


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


@before_task_publish.connect
def _stamp(headers: dict[str, Any], **_: object) -> None:
    """Have a task say since when it waits; `syndicate status` reads it."""
    headers["queued_at"] = wall_clock().timestamp()


@setup_logging.connect
def _log_plainly(**_: object) -> None:
    configure_logging(form=site_settings().logs.format)


@worker_shutting_down.connect
def _end_well(**_: object) -> None:
    _stopping.tell()


@worker_ready.connect
def _recover(**_: object) -> None:
    """What a crash left is taken up at once (STANDARDS X-6)."""
    sweep.delay()


@worker_ready.connect
def _show_signs(sender: Consumer, **_: object) -> None:
    """Say from now on that this worker lives; a pool of children has Celery look after them."""
    if not isinstance(sender.pool, TaskPool):
        return
    app = current()
    vitals = Vitals(app.pulse, sender.hostname, app.clock)
    vitals.keep_up(app.settings.workers.patience / _SIGNS)
    _vitals.append(vitals)
