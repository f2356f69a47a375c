"""`syndicate relays`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from syndicate.cli import completing
from syndicate.cli.common import console, print_table, service, site_option, why_option
from syndicate.delivery.relays.model import Condition
from syndicate.delivery.relays.warmup import days_of
from syndicate.settings.relays import IN_WORDS
from syndicate.subscribers.address import parse_address

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from syndicate.app import App
    from syndicate.delivery.relays.model import Standing
    from syndicate.settings.relays import DomainRule, Relay

json_option = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
name_argument = click.argument("name", shell_complete=completing.relays)


@click.group()
def relays() -> None:
    """The SMTP servers that mail goes out through, their limits and their troubles."""


@relays.command(name="list")
@json_option
@site_option
def list_(as_json: bool, folder: Path) -> None:
    """List the relays: how each is, and what goes through it.

    \b
      syndicate relays list
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        rows = [_row(app, name) for name in app.roads.names]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    columns = ("relay", "url", "state", "priority", "weight", "connections", "messages", "why")
    print_table("", columns, [[row[name] for name in columns] for row in rows])


@relays.command()
@name_argument
@json_option
@site_option
def show(name: str, as_json: bool, folder: Path) -> None:
    """Show the relay NAME: each of its limits, and how far it is used up.

    \b
      syndicate relays show main
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        row = _row(app, name) | _details(app, name)
    if as_json:
        click.echo(json.dumps(row, ensure_ascii=False, indent=1))
        return
    width = max(map(len, row)) + 2
    for what, value in row.items():
        console.print(f"{what:<{width}}{value}", markup=False)


@relays.command()
@name_argument
@why_option
@site_option
def pause(name: str, why: str, folder: Path) -> None:
    """Have nothing go out through the relay NAME until it is resumed; others take its share.

    \b
      syndicate relays pause main --why "its owner asked"
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        app.roads.pause(name, why)
    console.print(f"Relay {name} is paused.", markup=False)


@relays.command()
@name_argument
@site_option
def resume(name: str, folder: Path) -> None:
    """Use the relay NAME again, though it is paused, held or left alone.

    What waits for it goes on within a minute.

    \b
      syndicate relays resume main
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        resumed = app.roads.resume(name)
    said = "is used again" if resumed else "was up already"
    console.print(f"Relay {name} {said}.", markup=False)


@relays.command()
@name_argument
@click.option("--to", metavar="ADDRESS", help="Send a test message there; else nothing is sent.")
@json_option
@site_option
def test(name: str, to: str | None, as_json: bool, folder: Path) -> None:
    """Connect to the relay NAME, log in, and tell what it offers.

    \b
      syndicate relays test main
      syndicate relays test main --to me@example.net
    """  # noqa: D301 - click wants the character
    recipient = parse_address(to) if to else ""
    with service(folder) as app:
        found = app.try_relay(name, recipient)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for what, value in found.items():
        console.print(f"{what:<14}{value}", markup=False)


def _row(app: App, name: str) -> dict[str, object]:
    relay, standing = app.roads.relay(name), app.roads.standing(name)
    return {
        "relay": name,
        "url": relay.url,
        "state": standing.condition.value,
        "priority": relay.priority,
        "weight": f"{relay.weight:g}",
        "connections": _of(standing.connections, relay.connections) if relay.connections else "–",
        "messages": _messages(relay, standing) or "–",
        "why": _trouble(app, standing),
    }


def _details(app: App, name: str) -> dict[str, object]:
    relay, standing = app.roads.relay(name), app.roads.standing(name)
    rules = [f"{', '.join(rule.match)}: {_limits(rule)}" for rule in relay.domains]
    return {
        "first message": _shown(app, standing.first) or "none yet",
        "failures in a row": standing.times,
        "messages a connection": relay.messages or "–",
        "warm-up": _warm_up(standing, days_of(relay.warmup)),
        "quiet hours": relay.quiet or "–",
        "domains": "; ".join(rules) or "–",
    }


def _warm_up(standing: Standing, days: Sequence[int]) -> str:
    if not days:
        return "–"
    if standing.day >= len(days):
        return "over"
    return f"{standing.today} of {days[standing.day]} on day {standing.day + 1} of {len(days)}"


def _messages(relay: Relay, standing: Standing) -> str:
    return ", ".join(
        f"{_of(standing.used.get(seconds, 0), most)} {IN_WORDS[seconds]}"
        for seconds, most in relay.limits
    )


def _limits(rule: DomainRule) -> str:
    """A domain's rule in words."""
    found = [f"{most} {IN_WORDS[seconds]}" for seconds, most in rule.limits]
    if rule.connections:
        found.append(f"{rule.connections} at once")
    return ", ".join(found) or "no limit"


def _of(count: int, most: int | None) -> str:
    return f"{count} of {most}"


def _trouble(app: App, standing: Standing) -> str:
    if standing.condition is Condition.UP:
        return ""
    again = ""
    if standing.condition is not Condition.PAUSED:
        again = f"; tried again at {_shown(app, standing.until)}"
    return f"since {_shown(app, standing.since)}: {standing.why or 'no reason given'}{again}"


def _shown(app: App, moment: float) -> str:
    """A moment in the site's zone; empty for none."""
    if not moment:
        return ""
    found = datetime.fromtimestamp(moment, UTC).astimezone(app.settings.site.zone)
    return f"{found:%Y-%m-%d %H:%M}"
