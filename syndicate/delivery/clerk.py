"""What the ledger is told and asked between two messages: one call, on a line of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syndicate.delivery.model import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syndicate.delivery.model import Begin, Ended, Lease
    from syndicate.store.keys import Keys
    from syndicate.store.line import Line
    from syndicate.subscribers.model import Digest

_PARTS = ("leases", "sending", "sent", "outcomes", "variants", "out", "turns")
#: What stands for a delivery where there is none.
_NOTHING_ENDED = (-1, "", "", 0, "")
_NOTHING_BEGINS = (-1, 0, "", "")


class Clerk:
    """Keeps the ledger for one connection of a worker that holds a chunk."""

    def __init__(self, line: Line, keys: Keys, lease: Lease) -> None:
        self._line, self._keys = line, keys
        self._held = (lease.chunk, lease.token)
        own = [keys.part(lease.mailing, part) for part in _PARTS]
        self._names = (keys.mailing(lease.mailing), *own, keys.deliveries, keys.suppressions)
        self._audiences: dict[Sequence[Digest], list[str]] = {}

    def advance(self, ended: Ended | None, begin: Begin | None) -> str:
        """Write down how the last message went and ask leave to begin the next.

        The answer is `go`, `skip` (that one is suppressed, or has left), `changed` (what he is to
        get has), `lost` (the lease), or the state of the mailing that forbids it. While Redis is
        away it waits for some time: what was sent is not to be forgotten.
        """
        names: Sequence[str] = self._names
        if begin:
            names = [*names, *self._audiences_of(begin.digests)]
        return str(self._line(names, [*self._held, *_told(ended), *_asked(begin)]))

    def close(self) -> None:
        """Give the line back."""
        self._line.close()

    def _audiences_of(self, digests: Sequence[Digest]) -> list[str]:
        found = self._audiences.get(digests)
        if found is None:
            found = [self._keys.subscribed(d.cadence, d.category) for d in digests]
            self._audiences[digests] = found
        return found


def _told(ended: Ended | None) -> Sequence[str | int]:
    if ended is None:
        return _NOTHING_ENDED
    outcome = ended.outcome
    if outcome.state is State.SENT:
        # Most are: as `to_json` has it, in a tenth of its time.
        said = f'{{"state":"sent","at":{outcome.at},"relay":"{outcome.relay}"}}'
    else:
        said = outcome.to_json()
    return (ended.delivery, outcome.state, said, int(outcome.at), outcome.relay)


def _asked(begin: Begin | None) -> Sequence[str | int]:
    if begin is None:
        return _NOTHING_BEGINS
    variant = " ".join(map(str, begin.variant))
    return (begin.delivery, begin.subscriber, variant, begin.language, *begin.barring)
