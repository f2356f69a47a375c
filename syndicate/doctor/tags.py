"""Tag lists, as DKIM and DMARC write their records (RFC 6376 §3.2)."""

from __future__ import annotations


def tags_of(record: str) -> dict[str, str]:
    """Names and values; what has no `=` is left out, and of two of a name the first counts."""
    found: dict[str, str] = {}
    for part in record.split(";"):
        name, is_tag, value = part.partition("=")
        if is_tag:
            found.setdefault(name.strip().lower(), value.strip())
    return found
