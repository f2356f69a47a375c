"""`syndicate status`."""

from __future__ import annotations

import socket
import sys
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import click
from rich.text import Text

from syndicate.cli.common import console, json_option, print_json, print_table, service, site_option
from syndicate.cli.workers import answering
from syndicate.delivery import outbox
from syndicate.errors import RelayError
from syndicate.reports.overview import Service, look, span, waits, wrongs
from syndicate.settings import load
from syndicate.store import embedded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from syndicate.app import App
    from syndicate.reports.overview import Overview
    from syndicate.settings import Settings

#: Seconds that a process on this machine may take to let us in.
_PATIENCE = 1.0
_PORTS = {"http": 80, "https": 443}


@click.command()
@json_option
@site_option
def status(as_json: bool, folder: Path) -> None:
    """Show how the service is: what runs, what waits, what is held, what is wrong.

    Exit code 1 if something is wrong: a process is away, a task waits for more than ten minutes, a
    relay is left alone, something is held until a person decides.

    \b
      syndicate status
      syndicate status --json
    """  # noqa: D301 - click wants the character
    settings = load(folder)
    # Asked first: to look, we start an embedded one.
    runs = bool(settings.redis.url) or embedded.is_running(settings.state_folder)
    with service(folder) as app:
        processes = [_redis(app, runs=runs), *_processes(settings)]
        found = look(app, processes, lambda: answering(settings))
    wrong = wrongs(found)
    if as_json:
        shares = {"suppression_percent": round(found.mail.suppression, 3)}
        row = asdict(found)
        print_json(row | {"mail": row["mail"] | shares, "wrong": wrong})
    else:
        _show(found, settings)
    if wrong:
        sys.exit(1)


def _redis(app: App, *, runs: bool) -> Service:
    if not runs:
        return Service("redis", fine=False, said="doesn't run; start `syndicate up`")
    said = cast("dict[str, object]", app.store.text.info())
    return Service("redis", fine=True, said=f"{said['redis_version']}, {said['used_memory_human']}")


def _processes(settings: Settings) -> Iterator[Service]:
    """Those that listen on a port."""
    web, public = settings.web, urlsplit(settings.web.url)
    doors = [(web.host, web.port)]
    # It may run on another machine.
    doors.append((public.hostname or web.host, public.port or _PORTS[public.scheme]))
    if any(_answers(*door) for door in doors):
        yield Service("web", fine=True, said=web.url)
    else:
        said = f"doesn't answer on {web.host}:{web.port}; start `syndicate up` or `syndicate web`"
        yield Service("web", fine=False, said=said)
    if settings.captures:
        yield _mailbox(settings)


def _mailbox(settings: Settings) -> Service:
    try:
        parts = urlsplit(outbox.url(settings.state_folder))
    except RelayError as error:
        return Service("mailbox", fine=False, said=str(error))
    if _answers(str(parts.hostname), int(parts.port or 0)):
        return Service("mailbox", fine=True, said="captures mail")
    return Service("mailbox", fine=False, said="doesn't answer; start `syndicate up`")


def _answers(host: str, port: int) -> bool:
    try:
        with closing(socket.create_connection((host, port), _PATIENCE)):
            return True
    except OSError:
        return False


def _show(found: Overview, settings: Settings) -> None:
    for one in found.services:
        mark = Text("ok  ", "green") if one.fine else Text("away", "bold red")
        console.print(mark + Text(f" {one.name:<9}{one.said}"))
    queues = [
        f"{queue.name} {queue.tasks}" + (f" (for {span(queue.oldest)})" if queue.oldest else "")
        for queue in found.queues
    ]
    console.print(f"\nqueues     {', '.join(queues)}", markup=False)
    console.print(f"mail       {_mail(found)}", markup=False)
    console.print(f"editions   {found.drafts} drafts, {found.held} held", markup=False)
    relays = ", ".join(f"{one.relay} {one.condition}" for one in found.breakers)
    console.print(f"relays     {relays}", markup=False)
    for pause in found.pauses:
        console.print(Text("paused", "yellow") + Text(f"     {pause}"))
    console.print()
    zone = settings.site.zone

    def shown(moment: datetime | None) -> str:
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment else "–"

    rows = [
        (one.cadence, shown(one.last), shown(one.next), one.waiting, ", ".join(one.held) or "–")
        for one in found.rhythms
    ]
    columns = ("cadence", "last edition", f"next ({zone.key})", "categories waiting", "held")
    print_table("", columns, rows)
    for line in waits(found):
        console.print(Text("wrong: ", "bold red") + Text(line))


def _mail(found: Overview) -> str:
    mail = found.mail
    said = f"{mail.mailings} mailings with {mail.open} messages to go out"
    if mail.oldest:
        said += f", the oldest ordered {span((found.at - mail.oldest).total_seconds())} ago"
    said += f"; {mail.letters} letters"
    if mail.tried:
        said += f"; {mail.suppression:.2g} % of the last {mail.tried} suppressed their reader"
    return said
