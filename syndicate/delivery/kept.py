"""What the messages of mailings are made of, kept in Redis: whoever makes it first, for all."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from syndicate.store.client import Store

#: Under which the language of those stands among the templates who wish for none: no tag is empty.
_NO_WISH = ""


class Kept:
    """The templates and bundles of one site's mailings."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def language(self, mailing: int) -> str | None:
        """The language of those who wish for none; None before its message is built."""
        found = self._store.text.hget(self._templates(mailing), _NO_WISH)
        return cast("str | None", found)

    def keep_language(self, mailing: int, language: str) -> str:
        """Have that be their language, for good; returns the one that was first."""
        return self._keep(mailing, _NO_WISH, language.encode()).decode()

    def template(self, mailing: int, language: str) -> bytes | None:
        """The message as it was built for this mailing in a language, or None before."""
        found = self._store.raw.hget(self._templates(mailing), language)
        return cast("bytes | None", found)

    def keep_template(self, mailing: int, language: str, template: bytes) -> bytes:
        """Keep the message of a mailing in a language, for good; returns the one that was first."""
        return self._keep(mailing, language, template)

    def _keep(self, mailing: int, field: str, value: bytes) -> bytes:
        key = self._templates(mailing)
        self._store.raw.hsetnx(key, field, value)
        return cast("bytes", self._store.raw.hget(key, field))

    def _templates(self, mailing: int) -> str:
        return self._store.keys.part(mailing, "templates")

    def bundle(self, mailing: int) -> bytes | None:
        """What the messages of a mailing of all in one are made of, or None before and after."""
        found = self._store.raw.get(self._store.keys.part(mailing, "bundle"))
        return cast("bytes | None", found)

    def keep_bundle(self, mailing: int, bundle: bytes, seconds: int) -> bytes:
        """Keep that for so long; returns the one that was first."""
        key = self._store.keys.part(mailing, "bundle")
        self._store.raw.set(key, bundle, nx=True, ex=seconds)
        return cast("bytes", self._store.raw.get(key))
