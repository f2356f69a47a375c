"""A post's front matter, or the player in its body → the files that it comes with."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from syndicate.posts.html import tree
from syndicate.posts.html.links import absolute, uri
from syndicate.posts.matter.said import TYPES, Said, as_mapping, media_type, plain, suffix, texts
from syndicate.posts.media import podcast
from syndicate.posts.media.episode import Enclosure, Episode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lxml import etree

    from syndicate.posts.matter.fields import Fields

#: Where sites say it, the plainest first; formats are names too (`mp3: /ep1.mp3`).
_PLAIN = ("enclosure", "enclosures", "audio", "audiofile", "audiourl", "audiolink")
_FORMATS = tuple(end[1:] for end, kind in TYPES.items() if kind.startswith(("audio/", "video/")))
#: They name recordings on some sites, and other things elsewhere.
_PERHAPS = (
    *("podcast", "podcasturl", "podcastfile", "podcastlink", "media", "mediaurl", "mediafile"),
    *("video", "videourl", "videofile", "file"),
)
_NAMES = frozenset((*_PLAIN, *_FORMATS, *_PERHAPS))
_PLAYERS = ("audio", "video")
_SIZES = ("length", "size", "filesize", "bytes", "sizeinbytes")
#: At the top `length` and `size` may be anything's.
_SIZES_ABOVE = ("filesize", "audiosize", "enclosurelength", "enclosuresize", "sizeinbytes", "bytes")
#: Files of one post; more is a mistake.
_MOST = 50
#: Digits of a number of bytes, at the most.
_DIGITS = 15


class Media:
    """Finds what the posts of one site bring to listen to or to watch."""

    def __init__(self, folder: Path, site: str, baseurl: str) -> None:
        """`site` is its URL, and `baseurl` the path below it that the folder stands at."""
        self._folder = folder.resolve()
        self._base = site + baseurl

    def episode(self, fields: Fields, body: str, html: str, url: str) -> Episode | None:
        """What the front matter says, else the first player of the body; None if there is neither.

        `html` is what readers see of the body, and `url` the page that its links count from.
        """
        media: list[Enclosure] = []
        said = None
        if not _NAMES.isdisjoint(map(plain, fields.values)):
            said = Said(fields, self._folder, self._base)
            media = self._declared(said)
        if not media and ("<audio" in body or "<video" in body):
            media = [self._measured(file) for file in _player(body, html, url)]
        if not media:
            return None
        said = said or Said(fields, self._folder, self._base)
        return Episode(media=tuple(media), **podcast.facts(said))

    def _declared(self, said: Said) -> list[Enclosure]:
        """The files under the first name that says any; MP3 before its like, for all play it."""
        for name in (*_PLAIN, *_FORMATS, *_PERHAPS):
            form = name if name in _FORMATS else ""
            written = list(islice(_files(said.get(name), form), _MOST))
            found = [file for one in written if (file := self._enclosure(one, name, said))]
            if found:
                media = [self._sized(*pair, said, first=not at) for at, pair in enumerate(found)]
                chosen = all(file["form"] for file, _ in found)
                return sorted(media, key=lambda e: e.type != "audio/mpeg") if chosen else media
        return []

    def _enclosure(
        self, file: dict[str, Any], name: str, said: Said
    ) -> tuple[dict[str, Any], Enclosure] | None:
        """The file with its address and type, if it has both."""
        url = said.address(file["url"])
        kind = media_type(file, url, file["form"])
        if url and kind and (name not in _PERHAPS or kind.partition("/")[0] in _PLAYERS):
            title = podcast.line(file.get("title"))
            return file, Enclosure(url=url, type=kind, title=title)
        if name in _PLAIN:
            reason = "its media type can't be told; say it as type: audio/mpeg beside url:"
            reason = reason if url else "it is no file's address"
            said.warn(f"{name} {file['url'][:60]!r} was left out: {reason}", name)
        return None

    def _sized(
        self, file: dict[str, Any], enclosure: Enclosure, said: Said, *, first: bool
    ) -> Enclosure:
        """The file with the number of its bytes, if anybody knows it."""
        length = next((n for key in _SIZES if (n := _whole(file.get(key))) is not None), None)
        if length is None:
            above = said.get(*_SIZES_ABOVE)
            if isinstance(above, dict):
                above = above.get(file["form"] or suffix(enclosure.url)[1:])
                length = _whole(above)
            elif first:
                length = _whole(above)
        if length is not None:
            return replace(enclosure, length=length)
        measured = self._measured(enclosure)
        if measured.length is None:
            said.warn(
                f"nobody knows how many bytes {enclosure.url} has, so RSS says 0; put it into the "
                "site's folder, or say file_size:",
                *(*_PLAIN, *_FORMATS, *_PERHAPS),
            )
        return measured

    def _measured(self, enclosure: Enclosure) -> Enclosure:
        """With the size of the file in the site's folder, if it is there."""
        if not enclosure.url.startswith(f"{self._base}/"):
            return enclosure
        path = unquote(urlsplit(enclosure.url[len(self._base) + 1 :]).path)
        try:
            file = (self._folder / path.lstrip("/")).resolve()
            if file.is_relative_to(self._folder) and file.is_file():
                return replace(enclosure, length=file.stat().st_size)
        except (OSError, ValueError):  # a name that no file has: too long, or with a NUL in it
            pass
        return enclosure


def _files(value: object, form: str) -> Iterator[dict[str, Any]]:
    """Each file as a mapping with `url` and `form`, the format it stands under or nothing."""
    if isinstance(value, str):
        yield from ({**file, "form": form} for file in _lines(value))
    elif isinstance(value, list):
        for one in value:
            yield from _files(one, form)
    elif isinstance(value, dict):
        if file := as_mapping(value):
            yield {**file, "form": form}
            return
        for key, inner in value.items():
            if plain(key) in _FORMATS:
                yield from _files(inner, plain(key))


def _lines(text: str) -> Iterator[dict[str, Any]]:
    """A URL, and below it perhaps length and type, as WordPress exports them."""
    found = list(texts(text))
    if found:
        rest = dict(zip(("length", "type"), found[1:], strict=False))
        yield {"url": found[0], **rest}


def _whole(value: object) -> int | None:
    """A number of bytes, also as `12,345,678`; None if it is none."""
    text = str(value).strip().replace(",", "").replace("_", "")
    is_number = text.isascii() and text.isdigit() and len(text) <= _DIGITS
    return int(text) if is_number and not isinstance(value, bool) else None


def _player(body: str, html: str, url: str) -> Iterator[Enclosure]:
    """What the first player in a body plays. Readers have a link there, or it is none."""
    for player in tree.parse(body).iter(*_PLAYERS):
        files = [] if _is_decoration(player) else list(_sources(player, url))
        shown = any(f'href="{escape(link)}"' in html for link, _ in files)
        if shown:
            yield from (Enclosure(url=uri(link), type=kind) for link, kind in files if kind)
            return


def _sources(player: etree._Element, url: str) -> Iterator[tuple[str, str]]:
    for source in (player, *player.iter("source")):
        link = absolute(source.get("src", ""), url)
        if link.startswith("http"):
            yield link, media_type({"type": source.get("type")}, link)


def _is_decoration(player: etree._Element) -> bool:
    """A moving picture, without a sound."""
    return player.tag == "video" and ("muted" in player.attrib or "loop" in player.attrib)
