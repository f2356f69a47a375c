"""The processes of a site: what runs them all, and the commands of two of them."""

from __future__ import annotations

import os
import socket
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import click
import uvicorn

from syndicate import tasks
from syndicate.app import connected
from syndicate.cli.common import service, site_option
from syndicate.delivery import outbox as mailbox
from syndicate.errors import SettingsError
from syndicate.running.guard import guarding, node
from syndicate.running.logs import configure_logging
from syndicate.running.signals import until_signal
from syndicate.running.supervise import ChildError, Processes
from syndicate.settings import ENV_PREFIX, SITE_VARIABLE, load
from syndicate.store.embedded import EmbeddedServer
from syndicate.web.programs import Queue
from syndicate.web.site import make_site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from syndicate.settings import Settings

#: Seconds that children may take until they are ready.
_READY = 60.0
_POLL = 0.05
#: Seconds that requests may take which the web app has in hand when it is to end.
_LAST_REQUESTS = 10


@contextmanager
def running(settings: Settings, say: Callable[[str, str], None]) -> Iterator[Processes]:
    """All processes of a site, for as long as the block lasts.

    Raises:
        SyndicateError: a folder can't be written, the port is taken, or one doesn't start.
    """
    claim_folders(settings)
    claim_port(settings)
    os.environ[SITE_VARIABLE] = str(settings.folder)
    processes = Processes(say)
    server = None if settings.redis.url else EmbeddedServer(settings.state_folder)
    try:
        if server:
            server.__enter__()
            processes.keep(server)
        with connected(settings):
            """A state that isn't ours is told once, and not by each of them."""
        _start_all(settings, processes)
        wait_for_port(settings, processes)
        with guarding(settings, processes):
            yield processes
    finally:
        processes.stop()
        if server:
            server.stop()


def _start_all(settings: Settings, processes: Processes) -> None:
    if settings.captures:
        processes.start("mailbox", "syndicate", "outbox", base=True)
    if settings.bounces.listen:
        processes.start("bounces", "syndicate", "bounces", "listen")
    celery = ("celery", "--app", "syndicate.tasks", "--quiet")
    for name, queues in settings.workers.crew().items():
        processes.start(
            *(name, *celery, "worker", "--queues", ",".join(queues)),
            # A process that does the work itself: what it is at can be seen, and it takes half of
            # the memory of a parent and a child. How long a task may take, the watch sees to.
            *("--pool", "solo", "--hostname", node(name)),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
            *("--loglevel", "info"),
        )
    beat = ("--pidfile=", "--schedule", str(settings.state_folder / "beat"), "--loglevel", "info")
    processes.start("beat", *celery, "beat", *beat)
    processes.start("web", "syndicate", "web")


def claim_folders(settings: Settings) -> None:
    """See that what has to be written can be.

    Raises:
        SettingsError: it can't.
    """
    for folder, variable in (
        (settings.state_folder, "STATE__FOLDER"),
        (settings.output, "FEEDS__OUTPUT"),
    ):
        probe = folder / f".writable-{os.getpid()}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise SettingsError(
                f"can't write {folder}: {error.strerror}; make the folder writable or set "
                f"{ENV_PREFIX}{variable}"
            ) from error


def claim_port(settings: Settings) -> None:
    """See that the web app's port is free.

    Raises:
        SettingsError: it isn't.
    """
    host, port = settings.web.host, settings.web.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingsError(
                f"can't listen on {host}:{port}: {error.strerror}; stop what listens there, or "
                f"set {ENV_PREFIX}WEB__PORT to another port"
            ) from error


def wait_for_port(settings: Settings, processes: Processes) -> None:
    """Wait until the web app answers.

    Raises:
        ChildError: a child ended instead, or it takes too long.
    """
    end = time.monotonic() + _READY
    while time.monotonic() < end:
        processes.tend()
        try:
            socket.create_connection((settings.web.host, settings.web.port), 1).close()
        except OSError:
            time.sleep(_POLL)
        else:
            return
    raise ChildError(f"the web app doesn't answer on port {settings.web.port}; its log says why")


@click.command()
@click.option(
    "--access-log",
    is_flag=True,
    help="A line for each request, with its IP; no tokens of links, no mail addresses.",
)
@site_option
def web(access_log: bool, folder: Path) -> None:
    """Serve the feeds and pages; `up` runs this beside the workers.

    \b
      syndicate web --access-log
    """  # noqa: D301 - click wants the character
    configure_logging(form=load(folder).logs.format)
    claim_port(load(folder))
    with service(folder) as app:
        settings = app.settings.web
        # Where Celery looks for its settings.
        os.environ[SITE_VARIABLE] = str(app.settings.folder)
        queue = Queue(
            sync=partial(tasks.offer, tasks.sync),
            pull=partial(tasks.offer, tasks.pull),
            post=partial(tasks.offer, tasks.post),
            admit=partial(tasks.offer, tasks.admit),
        )
        uvicorn.run(
            make_site(app, queue),
            host=settings.host,
            port=settings.port,
            access_log=access_log,
            log_config=None,
            server_header=False,
            # Whom proxies name is read by us, of proxies that the settings name.
            proxy_headers=False,
            timeout_graceful_shutdown=_LAST_REQUESTS,
        )


@click.command()
@site_option
@click.option("--port", default=0, show_default="any that is free", help="Where it listens.")
def outbox(folder: Path, port: int) -> None:
    """Run the captured mailbox: mail for `relay = "outbox"` is kept here and goes nowhere.

    \b
      syndicate outbox --port 2525
    """  # noqa: D301 - click wants the character
    settings = load(folder)
    configure_logging(form=settings.logs.format)
    with until_signal() as stop, mailbox.listening(settings.state_folder, port):
        stop.wait()
