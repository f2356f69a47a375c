"""A mailing as its workers know it: whom it is for, and what each of them gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from syndicate.delivery.model import Variant
    from syndicate.delivery.stuffing import Data
    from syndicate.schedules.timing import Timing
    from syndicate.subscribers.model import Digest, Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What the deliveries of a mailing have in common."""

    mailing: int
    #: All that are in it, whoever gets which of them.
    editions: tuple[int, ...]
    #: Whose subscribers it is for.
    digests: tuple[Digest, ...]
    #: Subscriber → the envelope's sender.
    sender: Callable[[int], str]
    #: When it is due to whom, may leave, and is given up.
    timing: Timing
    #: The only relay that it may leave through; empty: any.
    relay: str
    #: Whether a message goes out again that a relay may have taken.
    again: bool
    #: What the message wants to know of each: names of merge fields.
    fields: tuple[str, ...]
    #: Subscribers → what each gets of it as he is subscribed now; of all in one only.
    variants: Callable[[Sequence[int]], Mapping[int, Variant]]
    #: The digests that a message is of: he must be subscribed to each when it begins.
    digests_in: Callable[[Variant], tuple[Digest, ...]]
    #: Have the messages of these languages at hand: what takes its time, and can fail for all,
    #: is done before any of them begins.
    prepare: Callable[[Collection[str]], None]
    #: His editions, himself, and since when it is due to him, which it is dated, in seconds since
    #: the epoch → the final bytes of his message, as DATA has them.
    message: Callable[[Variant, int, Recipient, float], Data]
