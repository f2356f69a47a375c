"""Mailings of a state that was put back: what is open of them may have gone out all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syndicate.delivery.model import CHUNK, STRIDE

if TYPE_CHECKING:
    from syndicate.store.client import Store

#: Chunks beyond those that all subscribers fill: each zone may have one that is not full.
_MORE = 1024


def doubt(store: Store, mailing: int) -> None:
    """Have the ledger count every open delivery of a mailing as begun, and its outcome as unknown.

    That is what *sending* without *sent* says; those of chunks that are still to be planned are
    among them. Each is then named as uncertain, and goes out again or is parked as its digest has
    it. What is known to be sent, or to have failed, stays as it is.
    """
    keys = store.keys
    most = int(store.text.get(keys.subscriber_seq) or 0) // CHUNK + _MORE
    bits = b"\xff" * (most * STRIDE // 8)
    store.raw.setrange(keys.part(mailing, "sending"), 0, bits)
