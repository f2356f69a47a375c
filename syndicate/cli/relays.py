"""`syndicate relays`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from syndicate.cli import completing
from syndicate.cli.common import (
    cell,
    json_option,
    print_json,
    print_record,
    print_table,
    service,
    site_option,
    tell,
    why_option,
)
from syndicate.cli.group import Group
from syndicate.cli.workers import hurry
from syndicate.delivery.relays.model import Condition
from syndicate.delivery.relays.warmup import days_of
from syndicate.settings.relays import IN_WORDS
from syndicate.subscribers.address import parse_address

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from syndicate.app import App
    from syndicate.delivery.relays.model import Standing
    from syndicate.settings.relays import DomainRule

#: What is tried again at its own time.
_BY_ITSELF = {Condition.DOWN, Condition.HELD}

name_argument = click.argument("name", shell_complete=completing.relays)


@click.group(cls=Group)
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
        records = [_record(app, name) for name in app.roads.names]
    if as_json:
        print_json(records)
        return
    columns = ("relay", "url", "state", "priority", "weight", "connections", "messages", "why")
    rows = [_in_words(each) for each in records]
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
        stands, details = _record(app, name), _details(app, name)
    if as_json:
        print_json(stands | details)
    else:
        print_record(_in_words(stands) | _details_in_words(details), as_json=False)


@relays.command()
@name_argument
@why_option
@json_option
@site_option
def pause(name: str, why: str, as_json: bool, folder: Path) -> None:
    """Have nothing go out through the relay NAME until it is resumed; others take its share.

    \b
      syndicate relays pause main --why "its owner asked"
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        app.roads.pause(name, why)
        stands = _record(app, name)
    tell(f"Relay {name} is paused.", stands, as_json=as_json)


@relays.command()
@name_argument
@json_option
@site_option
def resume(name: str, as_json: bool, folder: Path) -> None:
    """Use the relay NAME again, though it is paused, held or left alone.

    What waits for it goes on within a minute.

    \b
      syndicate relays resume main
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        resumed = app.roads.resume(name)
        hurry(app.settings)
        stands = _record(app, name)
    said = "is used again" if resumed else "was up already"
    tell(f"Relay {name} {said}.", stands | {"resumed": resumed}, as_json=as_json)


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
    said = {what.lower(): value for what, value in found.items()} if as_json else found
    print_record(said, as_json=as_json)


def _record(app: App, name: str) -> dict[str, Any]:
    relay, standing = app.roads.relay(name), app.roads.standing(name)
    is_up = standing.condition is Condition.UP
    return {
        "relay": name,
        "url": relay.url,
        "state": standing.condition,
        "priority": relay.priority,
        "weight": relay.weight,
        "connections": {"now": standing.connections, "most": relay.connections},
        "messages": [
            {"seconds": seconds, "now": standing.used.get(seconds, 0), "most": most}
            for seconds, most in relay.limits
        ],
        "why": "" if is_up else standing.why,
        "since": None if is_up else _moment(app, standing.since),
        # Only somebody resumes what somebody paused.
        "until": _moment(app, standing.until) if standing.condition in _BY_ITSELF else None,
    }


def _details(app: App, name: str) -> dict[str, Any]:
    relay, standing = app.roads.relay(name), app.roads.standing(name)
    return {
        "first_message": _moment(app, standing.first),
        "failures_in_a_row": standing.times,
        "messages_a_connection": relay.messages,
        "warm_up": _warm_up(standing, days_of(relay.warmup)),
        "quiet_hours": relay.quiet,
        "domains": [_domain(rule) for rule in relay.domains],
    }


def _warm_up(standing: Standing, days: Sequence[int]) -> dict[str, Any] | None:
    """None: there is none, or it is over."""
    if standing.day >= len(days):
        return None
    most = days[standing.day]
    return {"day": standing.day + 1, "days": len(days), "now": standing.today, "most": most}


def _domain(rule: DomainRule) -> dict[str, Any]:
    limits = [{"seconds": seconds, "most": most} for seconds, most in rule.limits]
    return {"match": rule.match, "connections": rule.connections, "messages": limits}


def _moment(app: App, moment: float) -> datetime | None:
    """A moment in the site's zone; None for none."""
    if not moment:
        return None
    return datetime.fromtimestamp(moment, UTC).astimezone(app.settings.site.zone)


# For people


def _in_words(found: dict[str, Any]) -> dict[str, object]:
    limits, connections = found["messages"], found["connections"]
    said = {
        "weight": f"{found['weight']:g}",
        "connections": _of(connections) if connections["most"] else None,
        "messages": [f"{_of(limit)} {IN_WORDS[limit['seconds']]}" for limit in limits],
        "why": _trouble(found),
    }
    return {name: said.get(name, found[name]) for name in found if name not in ("since", "until")}


def _details_in_words(found: dict[str, Any]) -> dict[str, object]:
    warm_up = found["warm_up"]
    return found | {
        "first_message": found["first_message"] or "none yet",
        "messages_a_connection": found["messages_a_connection"] or None,
        "warm_up": f"{_of(warm_up)} on day {warm_up['day']} of {warm_up['days']}"
        if warm_up
        else None,
        "domains": "; ".join(map(_rule, found["domains"])),
    }


def _rule(domain: dict[str, Any]) -> str:
    said = [f"{each['most']} {IN_WORDS[each['seconds']]}" for each in domain["messages"]]
    if domain["connections"]:
        said.append(f"{domain['connections']} at once")
    return f"{', '.join(domain['match'])}: {', '.join(said) or 'no limit'}"


def _of(count: dict[str, int]) -> str:
    return f"{count['now']} of {count['most']}"


def _trouble(found: dict[str, Any]) -> str:
    if found["since"] is None:
        return ""
    again = f"; tried again at {cell(found['until'])}" if found["until"] else ""
    return f"since {cell(found['since'])}: {found['why'] or 'no reason given'}{again}"
