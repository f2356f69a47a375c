"""How Celery runs: which queue each task goes to, and how often beat sends which."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syndicate.settings import SITE_VARIABLE, load
from syndicate.store import embedded

if TYPE_CHECKING:
    from syndicate.settings import Settings

#: Seconds between two looks at the site's files.
_SYNC_EVERY = 60.0
#: Seconds between two looks at which remote feeds are due.
_FETCH_EVERY = 60.0
#: Seconds between two looks into the boxes that bounces come to.
_BOUNCES_EVERY = 60.0
#: Seconds between two looks at the cadences: cron's own grain.
_TICK_EVERY = 60.0
#: Seconds between kombu's looks for tasks whose worker vanished, each look a real one.
_RESTORE_EVERY = 5


def site_settings() -> Settings:
    """The settings of the site that SYNDICATE_SITE_DIR names, else of the current folder.

    Raises:
        SettingsError: they are wrong.
    """
    return load(Path(os.environ.get(SITE_VARIABLE, ".")))


def celery_config(settings: Settings) -> dict[str, Any]:
    """How Celery runs: late acknowledgement, one task at a time, JSON, no results."""
    url = settings.redis.url or f"redis+socket://{embedded.socket_path(settings.state_folder)}"
    every = {"sync": _SYNC_EVERY, "tick": _TICK_EVERY, "sweep": settings.delivery.sweep}
    if settings.remotes:
        every["fetch"] = _FETCH_EVERY
    if settings.bounces.polled:
        every["bounces"] = _BOUNCES_EVERY
    return {
        "broker_url": url.replace("unix://", "redis+socket://", 1),
        "broker_connection_retry_on_startup": True,
        "broker_transport_options": {
            "visibility_timeout": settings.delivery.visibility,
            "global_keyprefix": f"{settings.redis.prefix}:queue:",
            "unacked_restore_interval": _RESTORE_EVERY,
            "unacked_restore_throttle": 1,
        },
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_ignore_result": True,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_time_limit": settings.delivery.hard_limit,
        "task_default_queue": "ingest",
        "task_routes": {
            "syndicate.sync": {"queue": "ingest"},
            "syndicate.pull": {"queue": "ingest"},
            "syndicate.fetch": {"queue": "ingest"},
            "syndicate.bounces": {"queue": "ingest"},
            "syndicate.publish": {"queue": "publish"},
            "syndicate.tell_hub": {"queue": "publish"},
            "syndicate.tick": {"queue": "digest"},
            "syndicate.plan": {"queue": "digest"},
            "syndicate.sweep": {"queue": "digest"},
            "syndicate.deliver": {"queue": "deliver"},
            # Nobody who waits for a letter waits for a mailing to end.
            "syndicate.post": {"queue": "post"},
            "syndicate.admit": {"queue": "post"},
        },
        "worker_prefetch_multiplier": 1,
        "worker_hijack_root_logger": False,
        "beat_schedule": {
            # A task that waited for longer than its turn is not worth two.
            name: {
                "task": f"syndicate.{name}",
                "schedule": seconds,
                "options": {"expires": seconds},
            }
            for name, seconds in every.items()
        },
        "timezone": "UTC",
    }
