"""What the log looks like."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class LogFormat(StrEnum):
    """How an event becomes a line."""

    #: `key=value`, for people.
    TEXT = "text"
    #: An object a line, for programs.
    JSON = "json"


class Logs(BaseModel):
    """The log of workers, beat and web."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    #: How each event is written.
    format: LogFormat = LogFormat.TEXT
