"""A way for messages that come one by one, as letters do: each goes by leave of the relays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syndicate.delivery.relays.model import Grant, Wait
from syndicate.delivery.transaction import nothing
from syndicate.errors import DeferredError, RefusedError, RelayError, UncertainError
from syndicate.subscribers.address import domain_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from syndicate.delivery.relays.roads import Roads
    from syndicate.delivery.send import Transport
    from syndicate.delivery.stuffing import Data


class Singly:
    """To its user one way, whichever relays it takes. For one thread."""

    def __init__(self, roads: Roads, clock: Callable[[], datetime]) -> None:
        self._roads, self._clock = roads, clock
        self._relay = ""
        self._way: Transport | None = None

    def send(
        self,
        sender: str,
        recipient: str,
        message: bytes | Data,
        meanwhile: Callable[[], None] = nothing,
    ) -> str:
        """Hand one message over, as `smtp.Connection.send` does.

        Raises:
            RelayError: no relay is to be had, or none may be given a message now.
        """
        (answer,) = self._roads.take([domain_of(recipient)], self._clock().timestamp())
        if isinstance(answer, Wait):
            raise RelayError(answer.why)
        try:
            return self._send(answer, sender, recipient, message, meanwhile)
        finally:
            self._roads.ended(answer)

    def usable(self) -> bool:
        """Whether another message may go over it."""
        return True

    def close(self) -> None:
        """Give up what is open."""
        if self._way:
            self._way.close()
            self._way = None

    def _send(
        self,
        grant: Grant,
        sender: str,
        recipient: str,
        message: bytes | Data,
        meanwhile: Callable[[], None],
    ) -> str:
        try:
            reply = self._to(grant.relay).send(sender, recipient, message, meanwhile)
        except (RefusedError, DeferredError):
            self._roads.report(grant.relay, None)
            raise
        except (RelayError, UncertainError) as error:
            self.close()
            self._roads.report(grant.relay, _blamed(error))
            raise
        self._roads.report(grant.relay, None)
        return reply

    def _to(self, relay: str) -> Transport:
        if self._way and (relay != self._relay or not self._way.usable()):
            self.close()
        if self._way is None:
            self._relay, self._way = relay, self._roads.open(relay)
        return self._way


def _blamed(error: RelayError | UncertainError) -> RelayError:
    return error if isinstance(error, RelayError) else RelayError(str(error), error.reply)
