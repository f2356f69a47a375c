"""Laying one tree of values over another."""

from __future__ import annotations

from typing import Any


def merged(low: dict[str, Any], high: dict[str, Any]) -> dict[str, Any]:
    """Mappings deeply; of anything else the higher one holds."""
    result = dict(low)
    for name, value in high.items():
        below = result.get(name)
        both = isinstance(below, dict) and isinstance(value, dict)
        result[name] = merged(below, value) if both and isinstance(below, dict) else value
    return result
