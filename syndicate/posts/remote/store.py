"""What is remembered of remote feeds, in Redis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syndicate.posts.remote.state import State

if TYPE_CHECKING:
    from syndicate.store.client import Store


class RemoteStore:
    """The states of a site's remotes, by name."""

    def __init__(self, store: Store) -> None:
        self._text = store.text
        self._key = store.keys.remotes

    def get(self, name: str, url: str) -> State:
        """What is known of the remote that the settings give this URL."""
        found = self._text.hget(self._key, name)
        return State.from_json(str(found)).of(url) if found else State(url=url)

    def put(self, name: str, state: State) -> None:
        """Remember it."""
        self._text.hset(self._key, name, state.to_json())
