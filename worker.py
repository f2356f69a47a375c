"""The Celery app, for `celery -A worker worker` and `celery -A worker beat`."""

from syndicate.tasks import celery as app

__all__ = ["app"]
