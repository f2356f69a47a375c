"""A new relay begins with little: how many messages on each day since its first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from syndicate.settings.relays import Ramp

if TYPE_CHECKING:
    from collections.abc import Sequence


def days_of(warmup: Sequence[int] | Ramp) -> tuple[int, ...]:
    """Messages on its first day, its second, …; after the last of them there is no such limit."""
    if not isinstance(warmup, Ramp):
        return tuple(warmup)
    return tuple(math.floor(warmup.start * warmup.factor**day) for day in range(warmup.days))
