"""`[delivery]`: the time limits of sending."""

from __future__ import annotations

from itertools import pairwise
from typing import Self

from pydantic import Field, model_validator

from syndicate.settings.relays import Threshold
from syndicate.settings.section import Section


class Delivery(Section):
    """Time limits of sending, in seconds, the first four each longer than the one before."""

    #: How long a relay may think over the final dot: RFC 5321 §4.5.3.2.6 says ten minutes.
    final_dot: float = Field(default=600, gt=0)
    #: Celery ends a task after this.
    hard_limit: float = Field(default=1800, gt=0)
    #: A chunk belongs to its worker no longer than this.
    lease: float = Field(default=2400, gt=0)
    #: Redis hands an unacknowledged task to another worker after this.
    visibility: float = Field(default=3600, gt=0)
    #: A worker that shows no sign of life for this long has lost its chunk.
    heartbeat: float = Field(default=15, gt=0)
    #: Connections that one worker process sends a chunk by; a relay may allow fewer to all of them.
    connections: int = Field(default=4, ge=1, le=256)
    #: How often work that nobody holds is looked for.
    sweep: float = Field(default=60, gt=0)
    #: A message not accepted this long after its edition was cut is given up.
    expiry: float = Field(default=2 * 86400, gt=0)
    #: A mailing of which more comes back is paused until a person resumes it.
    pause_on_bounces: Threshold = Threshold(percent=5)
    #: The same of spam complaints; large providers want fewer than 0.1 % in the long run.
    pause_on_complaints: Threshold = Threshold(percent=0.3, after=500)

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        limits = ("final_dot", "hard_limit", "lease", "visibility")
        for low, high in pairwise(limits):
            if getattr(self, low) >= getattr(self, high):
                raise ValueError(
                    f"{low} ({getattr(self, low):g} s) must be less than "
                    f"{high} ({getattr(self, high):g} s)"
                )
        return self
