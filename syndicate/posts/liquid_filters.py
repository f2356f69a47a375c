"""Jekyll's own Liquid filters."""

from __future__ import annotations

import json
import re
from functools import wraps
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from liquid.exceptions import FilterArgumentError, FilterValueError
from liquid.stringify import to_liquid_string

from syndicate.posts import dates
from syndicate.posts.permalink import slugify

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from liquid import RenderContext


#: Characters that a filter may make of a value: `replace` in a chain multiplies.
LARGEST = 5_000_000

_URL_SAFE = "".join(map(chr, range(0x21, 0x7F)))
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
            "array_to_sentence_string": _sentence,
            "cgi_escape": lambda value: quote_plus(_text(value)),
            "date": self._date,
            "date_to_long_string": lambda value, *_: self._shown(value, "%d %B %Y"),
            "date_to_rfc822": lambda value: self._shown(value, "%a, %d %b %Y %H:%M:%S %z"),
            "date_to_string": lambda value, *_: self._shown(value, "%d %b %Y"),
            "date_to_xmlschema": self._xmlschema,
            "jsonify": _json,
            "markdownify": lambda value: markdown(_text(value)),
            "normalize_whitespace": lambda value: " ".join(_text(value).split()),
            "number_of_words": lambda value, *_: len(_text(value).split()),
            "relative_url": lambda value: self._relative(_text(value)),
            "slugify": lambda value, mode="default": slugify(_text(value), _text(mode)),
            "smartify": _text,
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
        try:
            return dates.parse(_text(value), self._zone).astimezone(self._zone)
        except ValueError:
            return None

    def _shown(self, value: object, form: str) -> str:
        """What is no date comes back as it is, as in Liquid."""
        moment = self._moment(value)
        return dates.strftime(moment, form) if moment else _text(value)

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


def _sentence(value: object, connector: object = "and") -> str:
    items = [_text(item) for item in value] if isinstance(value, (list, tuple)) else [_text(value)]
    if len(items) > 1:
        comma = "," if len(items) > 2 else ""  # noqa: PLR2004 -- the comma before `and`
        return f"{', '.join(items[:-1])}{comma} {_text(connector)} {items[-1]}"
    return "".join(items)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=_text)


def _integer(value: object) -> int:
    try:
        return int(float(_text(value)))
    except (ValueError, OverflowError):
        return 0
