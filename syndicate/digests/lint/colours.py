"""Colours as CSS writes them, and how far one stands out from another."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})")
_RGB = re.compile(r"rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)")
#: The names of CSS 2.1 §4.3.6, as people write them by hand.
_NAMES = {
    "aqua": "#00ffff",
    "black": "#000000",
    "blue": "#0000ff",
    "fuchsia": "#ff00ff",
    "gray": "#808080",
    "green": "#008000",
    "lime": "#00ff00",
    "maroon": "#800000",
    "navy": "#000080",
    "olive": "#808000",
    "orange": "#ffa500",
    "purple": "#800080",
    "red": "#ff0000",
    "silver": "#c0c0c0",
    "teal": "#008080",
    "white": "#ffffff",
    "yellow": "#ffff00",
}
#: How much of what is seen each of red, green and blue makes.
_WEIGHTS = (0.2126, 0.7152, 0.0722)


@dataclass(frozen=True, slots=True)
class Colour:
    """Red, green and blue, each 0 to 255."""

    red: int
    green: int
    blue: int

    @classmethod
    def parse(cls, text: str) -> Colour | None:
        """The colour; None for a way to write one that isn't known."""
        text = text.strip().lower()
        text = _NAMES.get(text, text)
        if _HEX.fullmatch(text):
            digits = text[1:]
            digits = "".join(2 * digit for digit in digits) if len(digits) == len("rgb") else digits
            return cls(*(int(digits[n : n + 2], 16) for n in (0, 2, 4)))
        found = _RGB.fullmatch(text)
        return cls(*(min(int(part), 255) for part in found.groups())) if found else None

    @property
    def luminance(self) -> float:
        """From 0, black, to 1, white (WCAG 2.2, "relative luminance")."""
        parts = (part / 255 for part in (self.red, self.green, self.blue))
        linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)  # noqa: PLR2004 - sRGB's
        return sum(weight * part for weight, part in zip(_WEIGHTS, linear, strict=True))

    def contrast(self, other: Colour) -> float:
        """From 1, the same, to 21, black on white (WCAG 2.2, "contrast ratio")."""
        low, high = sorted((self.luminance, other.luminance))
        return (high + 0.05) / (low + 0.05)

    def distance(self, other: Colour) -> float:
        """As SpamAssassin measures it: 0 to 191."""
        pairs = ((self.red, other.red), (self.green, other.green), (self.blue, other.blue))
        steps = (w * (one - two) for w, (one, two) in zip(_WEIGHTS, pairs, strict=True))
        return math.hypot(*steps)
