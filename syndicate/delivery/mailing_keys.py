"""The key of a mailing: the one that signed when it began, whatever signs by now.

Its tokens and Message-IDs are made with it to the last retry, so that a rotation changes no byte.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from syndicate.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from syndicate.delivery.store import Ledger
    from syndicate.settings.key import Key, Keyring

#: Mailings whose key a process remembers: those it works on come close together.
_REMEMBERED = 8


class MailingKeys:
    """The keys of one site's mailings."""

    def __init__(self, ledger: Ledger, ring: Callable[[], Keyring]) -> None:
        self._ledger = ledger
        self._ring = ring
        self._begun = lru_cache(_REMEMBERED)(self._of_begun)

    def of(self, mailing: int) -> Key:
        """The key of a mailing; of a test, which is mailing 0, the one that signs now.

        Raises:
            SettingsError: it is gone.
        """
        return self._begun(mailing) if mailing else self._ring().current

    def _of_begun(self, mailing: int) -> Key:
        ring = self._ring()
        number = self._ledger.begin_with(mailing, ring.current.id)
        key = ring.get(number)
        if key is None:
            raise SettingsError(
                f"mailing {mailing} was begun with the signing key {number:02x}, which is gone; "
                "bring it back (SYNDICATE_OTHER_SECRETS), or cancel what waits"
            )
        return key
