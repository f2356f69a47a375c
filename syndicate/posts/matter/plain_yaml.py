"""Front matter of the plainest kind, which most is: a line a key, and nothing that YAML would turn.

It is read here in a sixth of the time. What the pattern takes, YAML reads the same; anything else
is for YAML.
"""

from __future__ import annotations

import re
from typing import Any

#: What YAML refuses, breaks lines at, or gives a meaning within a line.
_NOT_PLAIN = r"\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff"
#: Words that are no text, however they are capitalised.
_WORDS = r"(?i:yes|no|on|off|true|false|null|y|n)"
_KEY = rf"(?!{_WORDS}:)[a-z][a-z_]*+"
_LETTER = r"[A-Za-z\u3400-\u9fff]"
_ITEM = rf"(?!{_WORDS}[,\]]){_LETTER}[\w-]*+(?:\ [\w-]++)*+"
_VALUE = (
    rf"(?:\"[^\"\\{_NOT_PLAIN}]*+\"|'[^'{_NOT_PLAIN}]*+'|true|false"
    r"|\d{4}-\d\d-\d\d(?:\ \d\d:\d\d(?::\d\d)?(?:\ [+-]\d{4})?)?"
    rf"|\[(?:{_ITEM}(?:,\ {_ITEM})*+)?\]"
    rf"|(?!{_WORDS}\n){_LETTER}[^:#{_NOT_PLAIN}]*+(?<!\ ))"
)
_MAPPING = re.compile(rf"(?:{_KEY}:\ {_VALUE}\n)++")
_TRUTH = {"true": True, "false": False}


def read(text: str) -> list[tuple[str, Any, str]] | None:
    """Key, value and the value as it is written, a line each; None if the text isn't so plain.

    Of a list nothing is as it is written, and a key may be there twice.
    """
    if not _MAPPING.fullmatch(text):
        return None
    return [_entry(line) for line in text.splitlines()]


def _entry(line: str) -> tuple[str, Any, str]:
    key, _, written = line.partition(": ")
    if written[0] == "[":
        return key, written[1:-1].split(", ") if len(written) > len("[]") else [], ""
    if written[0] in "\"'":
        written = written[1:-1]
        return key, written, written
    return key, _TRUTH.get(written, written), written
