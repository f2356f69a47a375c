"""What the log looks like."""

from __future__ import annotations

from enum import StrEnum

from syndicate.settings.section import Section


class LogFormat(StrEnum):
    """How an event becomes a line."""

    #: `key=value`, for people.
    TEXT = "text"
    #: An object a line, for programs.
    JSON = "json"


class Logs(Section):
    """The log of workers, beat and web."""

    #: How each event is written.
    format: LogFormat = LogFormat.TEXT
