"""What logs don't hold: mail addresses, and the tokens of links (STANDARDS S-5).

Rather too much than too little: what only looks like one is left out as well. No character is
looked at more than a few times, whatever the text (S-17).
"""

from __future__ import annotations

import re

from syndicate.subscribers.tokens import LENGTH, PAGES

#: What stands in their places.
ADDRESS, TOKEN = "[address]", "[token]"

#: What ends an address, and belongs to none.
_RUN = re.compile(r'[^\s<>"(),;:\\\[\]]++')
#: In URLs it is `%40`.
_AT = re.compile(r"@|%40")
#: All that IDNA reads as one. Names that Celery gives to its workers have none behind their @.
_DOTS = re.compile(r"[.。．｡]")
#: Half a token: less of it helps nobody, and an author's own path may be as long.
_TOKEN = re.compile(
    rf"((?:/|%2F)(?:{'|'.join(PAGES.values())})(?:/|%2F))[\w%-]{{{LENGTH // 2},}}+",
    re.ASCII | re.IGNORECASE,
)


def redacted(text: str) -> str:
    """The text without mail addresses and tokens."""
    text = _TOKEN.sub(rf"\1{TOKEN}", text)
    return _RUN.sub(_run, text) if _AT.search(text) else text


def _run(match: re.Match[str]) -> str:
    local, *domain = _AT.split(match[0], maxsplit=1)
    return ADDRESS if local and domain and _DOTS.search(domain[0]) else match[0]
