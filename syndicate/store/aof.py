"""Redis's append-only file, written anew after somebody was erased: the old one still has him.

`save_subscriber.lua` notes in `erased`, with the erasure itself, by when that is to be done. So
nobody is forgotten, and many who are erased in a row cost one rewrite.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import redis

from syndicate.errors import StoreError

if TYPE_CHECKING:
    from datetime import datetime

    from syndicate.store.client import Store


class Rewrite(StrEnum):
    """What became of it."""

    #: Nobody was erased since, or it isn't time yet.
    NOT_DUE = "not due"
    #: Redis is at it; the next look tells how it went.
    BEGUN = "begun"
    #: Nobody who was erased before it began is in the file any more.
    DONE = "done"


def rewrite(store: Store, now: datetime) -> Rewrite:
    """Do what is due about it; to be called every minute.

    Raises:
        BusyError: another process is at it.
        StoreError: Redis may not, or could not; says what to do.
    """
    if not store.text.exists(store.keys.erased, store.keys.rewriting):
        return Rewrite.NOT_DUE
    with store.lock("rewrite"):
        try:
            return _rewrite(store, now.timestamp())
        except redis.exceptions.NoPermissionError as error:
            # Said once for each time: nothing changes by saying it every minute.
            store.text.delete(store.keys.erased)
            raise StoreError(
                "somebody was erased, but is still in Redis's append-only file: our Redis user "
                f"lacks a right ({error}); allow +info +bgrewriteaof, or run BGREWRITEAOF yourself"
            ) from error


def _rewrite(store: Store, now: float) -> Rewrite:
    state, keys = store.text.info(), store.keys
    is_at_it = state["aof_rewrite_in_progress"] or state["aof_rewrite_scheduled"]
    begun = store.text.get(keys.rewriting)
    if begun and is_at_it:
        return Rewrite.BEGUN
    if begun == state["run_id"] and state["aof_last_bgrewrite_status"] == "ok":
        store.text.delete(keys.rewriting)
        return Rewrite.DONE
    due = store.text.get(keys.erased)
    if not begun and (due is None or float(due) > now):
        return Rewrite.NOT_DUE
    if not state["aof_enabled"]:
        store.text.delete(keys.erased, keys.rewriting)
        return Rewrite.DONE
    # One that is under way may have begun before the erasure.
    if is_at_it:
        return Rewrite.NOT_DUE
    pipe = store.text.pipeline()
    pipe.delete(keys.erased)
    # By its run id, a Redis that was restarted in between is known not to have ended it.
    pipe.set(keys.rewriting, state["run_id"])
    pipe.bgrewriteaof()
    pipe.execute()
    if begun:
        raise StoreError(
            "Redis couldn't rewrite its append-only file, which still has somebody who was erased; "
            "its log says why; trying again"
        )
    return Rewrite.BEGUN
