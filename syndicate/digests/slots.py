"""The marker URLs that stand for what differs from reader to reader, and how a slot is laid out.

A composed edition is the same for everybody. Where a personal link belongs it has a marker: as the
whole of an `href="…"` in HTML, as the whole of a line in text. `message.build` turns the markers
into slots; a web edition replaces them itself.
"""

from __future__ import annotations

#: The reader's own way out. `.invalid` never resolves (RFC 2606 §2), should a marker ever leak.
UNSUBSCRIBE_URL = "https://unsubscribe.invalid/"
#: How HTML refers to it. Only a marker written exactly so becomes a slot.
UNSUBSCRIBE_HREF = f'href="{UNSUBSCRIBE_URL}"'

#: Bytes that one base64 line of 76 characters holds (RFC 2045 §6.8).
LINE_BYTES = 57
#: Bytes of one slot, whole lines: room for a token of 128 characters and a base URL of 80.
SLOT_BYTES = 4 * LINE_BYTES
#: Bytes that a slot and the blanks before it can add to a body.
SLOT_GROWTH = SLOT_BYTES + LINE_BYTES
