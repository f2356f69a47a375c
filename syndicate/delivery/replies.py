"""What a relay said, without whom it said it of: ledger, logs and pages hold no address of his."""

from __future__ import annotations

import re

from syndicate.digests.headers import ascii_address
from syndicate.errors import AddressError

#: Stands in the place of the address.
RECIPIENT = "<recipient>"


def without(address: str, reply: str) -> str:
    """The reply with `RECIPIENT` for the address, in either form of its domain."""
    if "@" not in reply:
        return reply
    forms = {address, address.partition("@")[0] + "@" + _a_labels(address)}
    either = "|".join(map(re.escape, sorted(forms)))
    return re.sub(rf"<?(?:{either})>?", RECIPIENT, reply, flags=re.IGNORECASE)


def _a_labels(address: str) -> str:
    try:
        return ascii_address(address).rpartition("@")[2]
    except AddressError:
        return address.rpartition("@")[2]
