"""Logs: one line an event, to stderr, as `key=value` or JSON; nothing of a person in them.

Whoever logs needn't think of it: addresses and tokens are taken out of whatever the program and its
libraries say, right before it becomes a line.
"""

from __future__ import annotations

import logging
import sys

import structlog

from syndicate.running.redaction import redacted
from syndicate.settings.logs import LogFormat

#: Libraries that speak of every step they take.
_CHATTY = (
    *("celery.worker.strategy", "celery.app.trace", "celery.beat", "kombu", "mail.log"),
    "flufl.bounce",
)


_SHARED: list[structlog.typing.Processor] = [
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]
#: One list for the whole process: loggers keep it from their first use on, and whoever listens to
#: them in a test puts himself into it.
_OURS: list[structlog.typing.Processor] = [
    *_SHARED,
    structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
]

_FIRST = ["timestamp", "level", "event"]
_LINES: dict[LogFormat, structlog.typing.Processor] = {
    LogFormat.TEXT: structlog.processors.LogfmtRenderer(key_order=_FIRST),
    LogFormat.JSON: structlog.processors.JSONRenderer(ensure_ascii=False),
}


def configure_logging(level: int = logging.INFO, form: LogFormat = LogFormat.TEXT) -> None:
    """Send what the program and its libraries say to stderr. Called once a process."""
    line = _LINES[form]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, redact, line],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=_OURS,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def redact(
    _logger: structlog.typing.WrappedLogger, _name: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """A processor: an event whose values hold no addresses and no tokens, however deep."""
    return {key: _without(value) for key, value in event.items()}


def _without(value: object) -> object:
    plain = value is None or isinstance(value, (bool, int, float))
    return value if plain else redacted(str(value))
