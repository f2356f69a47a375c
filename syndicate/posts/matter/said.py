"""What a post's front matter says of its recording, however the site spells it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from syndicate.posts.html.links import absolute, uri
from syndicate.posts.matter.fields import below

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from syndicate.posts.matter.fields import Fields

#: By suffix. Our own list: Python's differs by version, and by what the machine has installed.
TYPES = {
    ".mp3": "audio/mpeg",
    ".m4a": "audio/x-m4a",
    ".aac": "audio/aac",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".opus": "audio/ogg",
    ".flac": "audio/flac",
    ".wav": "audio/x-wav",
    ".mp4": "video/mp4",
    ".m4v": "video/x-m4v",
    ".mov": "video/quicktime",
    ".ogv": "video/ogg",
    ".webm": "video/webm",
    ".pdf": "application/pdf",
    ".epub": "application/epub+zip",
    ".zip": "application/zip",
    ".srt": "application/x-subrip",
    ".vtt": "text/vtt",
    ".txt": "text/plain",
    ".html": "text/html",
    ".json": "application/json",
}
#: What an address is called within a mapping.
_ADDRESSES = ("url", "href", "src", "file", "path", "link", "uri")
#: Mappings whose content speaks of the recording too, the later one first.
_WITHIN = ("audio", "enclosure", "podcast")
_TYPE = re.compile(r"[a-z]{1,20}/[a-z0-9][a-z0-9.+-]{0,60}", re.IGNORECASE)
#: jekyll-octopod's folder for recordings, which its posts don't name.
_OCTOPOD = "episodes"


@lru_cache(256)  # the posts of a site have the same names
def plain(name: object) -> str:
    """`episode_type`, `episodeType` and `episode-type` are one name."""
    return str(name).replace("_", "").replace("-", "").lower()


class Said:
    """The front matter of one post, by plain names; what stands below `podcast` comes first."""

    def __init__(self, fields: Fields, folder: Path, base: str) -> None:
        """`base` is the URL of the site's folder, without a slash at its end."""
        self._fields, self._folder, self._base = fields, folder, base
        #: Each with the key at the top under which it stands.
        self._values: dict[str, tuple[str, Any]] = {}
        # The post's own picture is told of elsewhere.
        for key, value in fields.values.items():
            self._values[plain(key)] = (key, value) if plain(key) != "image" else (key, None)
        for name in _WITHIN:
            key, within = self._values.get(name, ("", None))
            if isinstance(within, dict):
                self._values |= {plain(inner): (key, value) for inner, value in within.items()}

    def get(self, *names: str) -> Any:  # noqa: ANN401 - YAML holds anything
        """The first of these that is there and not empty, or None."""
        found = (self._values[name][1] for name in names if name in self._values)
        return next((value for value in found if value not in (None, "", [], {})), None)

    def listed(self, *names: str) -> list[Any]:
        """The same as a list, for one may be written without its dash."""
        value = self.get(*names)
        return value if isinstance(value, list) else [] if value is None else [value]

    def warn(self, reason: str, *names: str) -> None:
        """Tell what is wrong, with the line of the first of these names."""
        self._fields.warn(
            reason, *(self._values[name][0] for name in names if name in self._values)
        )

    def address(self, path: str) -> str:
        """The URI that a path or URL means, counted from the site's folder; empty if none."""
        path = path.strip()
        if "/" not in path and ":" not in path and self._is_in(_OCTOPOD, path):
            path = f"{_OCTOPOD}/{path}"
        url = absolute(below(self._base, path), self._base) if path else ""
        return uri(url) if url.startswith("http") else ""

    def _is_in(self, folder: str, name: str) -> bool:
        try:
            return (self._folder / folder / name).is_file()
        except (OSError, ValueError):  # too long for a name, or with a NUL in it
            return False


def as_mapping(value: object) -> dict[str, Any]:
    """A file's address alone, or with what is said of it; `url` is there, or it is none."""
    if isinstance(value, str):
        return {"url": value} if value.strip() else {}
    if not isinstance(value, dict):
        return {}
    found = {plain(key): inner for key, inner in value.items()}
    urls = (found[name] for name in _ADDRESSES if isinstance(found.get(name), str))
    url = next((url for url in urls if url.strip()), "")
    return {**found, "url": url} if url else {}


def media_type(file: Mapping[str, Any], url: str, form: str = "") -> str:
    """The type as it is written, or as address or format tell it; empty if nothing does."""
    written = file.get("type") or file.get("mimetype") or file.get("mime")
    if isinstance(written, str) and _TYPE.fullmatch(written.strip()):
        return written.strip().lower()
    return TYPES.get(suffix(url)) or TYPES.get(f".{form}", "")


def suffix(url: str) -> str:
    """The end of the file's name, from its dot, in small letters; empty if there is none."""
    name = url.partition("?")[0].partition("#")[0].rpartition("/")[2]
    return "." + name.rpartition(".")[2].lower() if "." in name else ""


def texts(value: object) -> Iterator[str]:
    """The lines of a text."""
    return (line.strip() for line in str(value).split("\n") if line.strip())
