"""The log of all processes: who said what, for people and for programs."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Literal

import pytest
from rich.console import Console

from syndicate.cli.log import SAYERS
from syndicate.settings.logs import LogFormat

if TYPE_CHECKING:
    from collections.abc import Sequence

WARNED = 'timestamp=2026-11-23T06:00:00Z level=warning event="mailing waits"'


def said(form: LogFormat, lines: Sequence[str], *, colours: bool = False) -> str:
    file = io.StringIO()
    system: Literal["standard"] | None = "standard" if colours else None
    console = Console(
        file=file, force_terminal=colours, color_system=system, soft_wrap=True, width=40
    )
    say = SAYERS[form](console)
    for line in lines:
        say("worker", line)
    return file.getvalue()


def test_each_line_bears_the_name_of_who_said_it_and_is_not_folded() -> None:
    assert said(LogFormat.TEXT, [WARNED]) == f"worker   │ {WARNED}\n"


def test_what_looks_like_markup_is_kept() -> None:
    assert "[red]x[/red]" in said(LogFormat.TEXT, ["[red]x[/red]"])


def test_colours_are_for_a_terminal_and_those_of_the_child_come_through() -> None:
    shown = said(LogFormat.TEXT, [WARNED, "\x1b[35mpurple\x1b[0m"], colours=True)
    assert "\x1b[33m" in shown
    assert "\x1b[35mpurple" in shown
    assert "\x1b" not in said(LogFormat.TEXT, [WARNED, "\x1b[35mpurple\x1b[0m"])


@pytest.mark.parametrize("line", ["not JSON", "[1]", '"text"', "{", "澜江 [red]"])
def test_in_json_every_line_is_an_object_whatever_was_said(line: str) -> None:
    assert json.loads(said(LogFormat.JSON, [line])) == {"process": "worker", "event": line}


def test_in_json_an_event_keeps_its_fields() -> None:
    event = {"event": "chunk", "mailing": 7, "sent": 500}
    told = json.loads(said(LogFormat.JSON, [json.dumps(event)], colours=True))
    assert told == {"process": "worker"} | event
