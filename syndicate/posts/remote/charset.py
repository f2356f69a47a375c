"""The text that the bytes of a feed stand for, whatever their server says of them."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_CHARSET = re.compile(r"charset\s{0,9}=\s{0,9}[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_ENCODING = re.compile(rb"<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}[\"']([\w.:-]{1,40})")
#: Characters of a Content-Type, and bytes of a document, in which its encoding is looked for.
_HEAD = 300
#: What feeds are written in, by Python's names: others are codecs of other kinds, or traps.
_MANY_BYTES = ("utf-8", "utf-16", "gb", "big5", "euc", "shift", "cp932", "iso2022", "johab")
#: They take any bytes, so that they do proves nothing.
_ONE_BYTE = ("cp12", "iso8859", "latin", "koi8", "mac-")
#: Those that are a part of a larger one, which software writes in their name.
_LARGER = {"gb2312": "gb18030", "gbk": "gb18030", "iso8859-1": "cp1252", "shift_jis": "cp932"}


def decoded(data: bytes, content_type: str) -> str:
    """The text of a document; what no encoding explains is replaced by U+FFFD.

    A byte order mark is believed; then whatever is named and fits; then UTF-8, which hardly
    anything else passes for; then a named encoding that fits everything.
    """
    for mark, encoding in _BOMS.items():
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    for encoding in _likely(data, content_type):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("utf-8", "replace")


def _likely(data: bytes, content_type: str) -> Iterator[str]:
    named = list(_named(data[:_HEAD], content_type[:_HEAD]))
    yield from (name for name in named if name.startswith(_MANY_BYTES))
    yield "utf-8"
    yield from (name for name in named if name.startswith(_ONE_BYTE))


def _named(head: bytes, content_type: str) -> Iterator[str]:
    if match := _CHARSET.search(content_type):
        yield from _known(match[1])
    if written := _ENCODING.search(head):
        yield from _known(written[1].decode("ascii", "replace"))


def _known(name: str) -> Iterator[str]:
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        return
    yield _LARGER.get(found, found)
