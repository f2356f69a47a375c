"""What differs from reader to reader: its slots in a message, and the markers it has until then.

A composed edition is the same for everybody. Where a personal link belongs it has a marker: as the
whole of an `href="…"` in HTML, as the whole of a line in text. The greeting is there as those read
it of whom nothing is known, alone on a line of both. `message.build` turns them into slots; a web
edition replaces the markers itself.
"""

from __future__ import annotations

from enum import StrEnum

from syndicate.digests.transfer import BLANKS

#: The reader's own way out. `.invalid` never resolves (RFC 2606 §2), should a marker ever leak.
UNSUBSCRIBE_URL = "https://unsubscribe.invalid/"
#: How HTML refers to it. Only a marker written exactly so becomes a slot.
UNSUBSCRIBE_HREF = f'href="{UNSUBSCRIBE_URL}"'

#: Characters of a personal URL: a base URL of 80 and a token of 128 are less.
LONGEST_URL = 220
#: Bytes that a link and its blanks can add to a body.
LINK_GROWTH = LONGEST_URL - len(UNSUBSCRIBE_URL) + BLANKS


class Slot(StrEnum):
    """What stands between two segments of a template."""

    TO = "to"
    SUBJECT = "subject"
    MESSAGE_ID = "message-id"
    LIST_UNSUBSCRIBE = "list-unsubscribe"
    TEXT_UNSUBSCRIBE = "text-unsubscribe"
    HTML_UNSUBSCRIBE = "html-unsubscribe"
    TEXT_GREETING = "text-greeting"
    HTML_GREETING = "html-greeting"
