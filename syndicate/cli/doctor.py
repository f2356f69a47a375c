"""`syndicate doctor`."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from itertools import groupby
from typing import TYPE_CHECKING

import click
from rich.text import Text

from syndicate.app import connected, wall_clock
from syndicate.cli.common import bar, console, json_option, print_json, site_option
from syndicate.doctor.examine import GROUPS, Patient, examine
from syndicate.doctor.model import Level, worst
from syndicate.doctor.resolver import Resolver
from syndicate.errors import StoreError
from syndicate.settings import load

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.doctor.model import Finding
    from syndicate.settings import Settings
    from syndicate.store.client import Store

_COLOURS = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "bold red"}


@click.command()
@click.option(
    "--only",
    metavar="GROUP,…",
    default="",
    help=f"Look at these alone: {', '.join(GROUPS)}.",
)
@click.option(
    "--resolver",
    metavar="HOST[:PORT]",
    default="",
    help="The DNS server to ask, by its IP address.  [default: this machine's]",
)
@click.option("--strict", is_flag=True, help="Exit with 1 on a warning, too.")
@json_option
@site_option
def doctor(only: str, resolver: str, strict: bool, as_json: bool, folder: Path) -> None:
    """Look for what is wrong, or will be, and say what to do about it.

    Redis, the relays, the sender's DNS, clock, disk, templates, settings, and what lies about in
    the state. It sends no mail and changes nothing. Exit code 1 if a check failed.

    \b
      syndicate doctor
      syndicate doctor --only redis,dns
      syndicate doctor --only dns --resolver 9.9.9.9
      syndicate doctor --strict --json
    """  # noqa: D301 - click wants the character
    groups = _groups(only)
    settings, ask = load(folder), Resolver(resolver)
    with ExitStack() as stack:
        store, away = _store(settings, stack)
        progress = stack.enter_context(bar("Looking"))
        patient = Patient(settings, store, away, ask, wall_clock, progress)
        found = list(examine(patient, groups))
    if as_json:
        print_json([_row(group, finding) for group, finding in found])
    else:
        _show(found)
    level = worst(finding for _, finding in found)
    if level is Level.FAIL or (strict and level is Level.WARN):
        sys.exit(1)


def _groups(only: str) -> list[str]:
    groups = [name.strip() for name in only.split(",") if name.strip()]
    for name in groups:
        if name not in GROUPS:
            known = ", ".join(GROUPS)
            raise click.BadParameter(f"no group {name!r}; there are: {known}", param_hint="--only")
    return groups


def _store(settings: Settings, stack: ExitStack) -> tuple[Store | None, str]:
    """The site's store, or None and why there is none: the rest can be looked at without."""
    try:
        return stack.enter_context(connected(settings, may_start_redis=True)), ""
    except StoreError as error:
        return None, str(error)


def _show(found: list[tuple[str, Finding]]) -> None:
    for group, rows in groupby(found, key=lambda row: row[0]):
        console.print(Text(group, "bold"))
        for _, finding in rows:
            level = Text(f"  {finding.level:<5}", _COLOURS[finding.level])
            console.print(level + Text(f"{finding.what}: {finding.said}"))
            if finding.remedy:
                console.print(Text(f"       → {finding.remedy}"))
    counts = [sum(finding.level is level for _, finding in found) for level in Level]
    summary = zip(counts, Level, strict=True)
    console.print("\n" + ", ".join(f"{count} {level}" for count, level in summary), markup=False)


def _row(group: str, finding: Finding) -> dict[str, str]:
    return {
        "group": group,
        "what": finding.what,
        "level": finding.level,
        "said": finding.said,
        "remedy": finding.remedy,
    }
