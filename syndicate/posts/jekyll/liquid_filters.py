"""Jekyll's own Liquid filters."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import wraps
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from liquid import Undefined
from liquid.exceptions import FilterArgumentError, FilterValueError
from liquid.stringify import to_liquid_string

from syndicate.posts.jekyll import liquid_lists
from syndicate.posts.jekyll.permalink import slugify
from syndicate.posts.kramdown.typography import typeset
from syndicate.posts.matter import dates

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from liquid import RenderContext


#: Characters that a filter may make of a value: `replace` in a chain multiplies.
LARGEST = 5_000_000

_URL_SAFE = "".join(map(chr, range(0x21, 0x7F)))
_SECONDS = re.compile(r"\d{1,12}")
_LEADING = re.compile(r"\s*[+-]?\d{1,18}")
_CJK = re.compile(
    r"[\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff"
    r"\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003134f]"
)
_TEENS = (11, 12, 13)
_ORDINALS = {1: "st", 2: "nd", 3: "rd"}
_INDEX = re.compile(r"/index\.html?$")


class Filters:
    """The filters of one site. They take what python-liquid has: text, numbers, lists, undefined.

    A date without a time zone is read, and every date is shown, in the site's zone.
    """

    def __init__(
        self, zone: ZoneInfo, url: str, baseurl: str, markdown: Callable[[str], str]
    ) -> None:
        self._zone = zone
        self._url = url
        self._baseurl = baseurl
        self.all: Mapping[str, Callable[..., Any]] = {
            "absolute_url": lambda value: self._absolute(_text(value)),
            **liquid_lists.FILTERS,
            "cgi_escape": lambda value: quote_plus(_text(value)),
            "date": self._date,
            "date_to_long_string": lambda value, *style: self._day(value, "%B", *style),
            "date_to_rfc822": lambda value: self._shown(value, "%a, %d %b %Y %H:%M:%S %z"),
            "date_to_string": lambda value, *style: self._day(value, "%b", *style),
            "date_to_xmlschema": self._xmlschema,
            "inspect": lambda value: escape(_inspected(value)),
            "jsonify": _json,
            "markdownify": lambda value: markdown(_text(value)),
            "normalize_whitespace": lambda value: " ".join(_text(value).split()),
            "number_of_words": _words,
            "relative_url": lambda value: self._relative(_text(value)),
            "slugify": lambda value, mode="default": slugify(_text(value), _text(mode)),
            "smartify": lambda value: typeset(_text(value)),
            "strip_index": lambda value: _INDEX.sub("/", _text(value)),
            "to_integer": _integer,
            "uri_escape": lambda value: quote(_text(value), _URL_SAFE),
            "xml_escape": lambda value: escape(_text(value)),
        }

    def _relative(self, path: str) -> str:
        if "://" in path or path.startswith("//"):
            return path
        return f"{self._baseurl}/{path.lstrip('/')}"

    def _absolute(self, path: str) -> str:
        return path if "://" in path else self._url + self._relative(path)

    def _moment(self, value: object) -> datetime | None:
        text = _text(value)
        try:
            if _SECONDS.fullmatch(text):
                return datetime.fromtimestamp(int(text), self._zone)
            return dates.parse(text, self._zone).astimezone(self._zone)
        except (ValueError, OverflowError, OSError):
            return None

    def _shown(self, value: object, form: str) -> str:
        """What is no date comes back as it is, as in Liquid."""
        moment = self._moment(value)
        return dates.strftime(moment, form) if moment else _text(value)

    def _day(self, value: object, month: str, style: object = "", order: object = "") -> str:
        """`2 January 2026`; "2nd January 2026" and "January 2nd, 2026" where it is asked for."""
        moment = self._moment(value)
        if moment is None or _text(style) != "ordinal":
            return self._shown(value, f"%d {month} %Y")
        last = 0 if moment.day in _TEENS else moment.day % 10
        day = f"{moment.day}{_ORDINALS.get(last, 'th')}"
        form = f"{month} {day}, %Y" if _text(order) == "US" else f"{day} {month} %Y"
        return dates.strftime(moment, form)

    def _xmlschema(self, value: object) -> str:
        moment = self._moment(value)
        return moment.isoformat(timespec="seconds") if moment else _text(value)

    def _date(self, value: object, form: object, *, context: RenderContext) -> str:
        # "now" is the post's own time: the same file gives the same bytes whenever it is read.
        if _text(value) in ("now", "today"):
            value = context.get(["site", "time"], token=None)
        return self._shown(value, _text(form))

    _date.with_context = True  # type: ignore[attr-defined]


def bounded(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same filter, but what it makes may not exhaust the memory."""

    @wraps(function)
    def limited(value: object, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 -- as its like
        longest = max((len(arg) for arg in args if isinstance(arg, str)), default=0)
        if longest and isinstance(value, (str, list)) and len(value) * longest > LARGEST:
            raise FilterValueError("a filter's result is too large", token=None)
        try:
            result = function(value, *args, **kwargs)
        except TypeError as error:
            raise FilterArgumentError(str(error), token=None) from error
        if isinstance(result, str) and len(result) > LARGEST:
            raise FilterValueError("a filter's result is too large", token=None)
        return result

    return limited


def _text(value: object) -> str:
    return to_liquid_string(value, autoescape=False)


def _words(value: object, mode: object = "") -> int:
    text = _text(value)
    characters = len(_CJK.findall(text)) if _text(mode) in ("cjk", "auto") else 0
    if not characters and _text(mode) != "cjk":
        return len(text.split())
    return characters + len(_CJK.sub(" ", text).split())


def _inspected(value: object) -> str:
    """As Ruby shows a value to programmers."""
    if isinstance(value, dict):
        pairs = (f"{_inspected(key)}=>{_inspected(item)}" for key, item in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_inspected, value))}]"
    if value is None or isinstance(value, Undefined):
        return "nil"
    return json.dumps(value, ensure_ascii=False, default=_text)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: object) -> object:
    """What JSON has no form for."""
    if isinstance(value, Undefined):
        return None
    return dict(value) if isinstance(value, Mapping) else _text(value)


def _integer(value: object) -> int:
    match = _LEADING.match(_text(value))
    return int(match[0]) if match else int(value is True)
