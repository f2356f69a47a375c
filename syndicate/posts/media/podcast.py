"""What front matter says of an episode, beside its files, as podcast players want to know it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from syndicate.posts.matter.fields import language_tag, without_address
from syndicate.posts.matter.said import as_mapping, media_type, plain, suffix
from syndicate.posts.media.episode import Beside, Person, Soundbite
from syndicate.posts.text import title_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syndicate.posts.matter.said import Said

#: `1:02:03`, `62:03`, `3723`, each perhaps with a fraction.
_TIME = re.compile(r"(?:(?:(\d{1,4}):)?(\d{1,4}):)?(\d{1,7}(?:\.\d{1,6})?)", re.ASCII)
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,4})?", re.ASCII)
_KINDS = ("full", "trailer", "bonus")
_EXPLICIT = {"yes": True, "true": True, "explicit": True, "no": False, "false": False}
_EXPLICIT["clean"] = False
#: Who stands under which name, by their role.
_PEOPLE = {
    **dict.fromkeys(("persons", "people", "person", "contributors"), ""),
    **dict.fromkeys(("hosts", "host"), "host"),
    **dict.fromkeys(("guests", "guest"), "guest"),
}
#: Characters that players show of a name.
_LONGEST = 128


def facts(said: Said) -> dict[str, Any]:
    """What `Episode` holds but its media."""
    season, number = _numbered(said, "season"), _numbered(said, "episode", "episodenumber")
    name = said.get("season")
    name = name.get("name") if isinstance(name, dict) else said.get("seasonname")
    duration = _seconds(said, said.get("duration", "itunesduration", "audioduration"), "duration")
    return {
        "duration": round(duration) if duration else None,
        "title": line(said.get("episodetitle", "itunestitle")),
        "number": number,
        "season": int(season.partition(".")[0]) if season else None,
        "season_name": line(name),
        "kind": _kind(said),
        "explicit": _explicit(said),
        "image": _image(said),
        "transcripts": tuple(_transcripts(said)),
        "chapters": _chapters(said),
        "people": tuple(_people(said)),
        "soundbites": tuple(_soundbites(said)),
    }


def line(value: object) -> str:
    """One line of plain text, as long as players show it; empty for what is no text."""
    return title_text(str(value))[:_LONGEST] if isinstance(value, (str, int, float)) else ""


def _numbered(said: Said, *names: str) -> str:
    value = said.get(*names)
    if isinstance(value, dict):
        value = value.get("number")
    text = "" if value is None else str(value).strip()
    if text and not _NUMBER.fullmatch(text):
        said.warn(f"{names[0]} {text[:60]!r} is no number, such as 12; it was left out", *names)
        return ""
    return text


def _seconds(said: Said, value: object, name: str) -> float | None:
    """YAML itself reads `1:02:03` as 3723; in quotes it is a text."""
    if value is None:
        return None
    found = _TIME.fullmatch(str(value).strip())
    if not found:
        reason = f"{name} {str(value)[:60]!r} is none; write 1:02:03, or seconds; it was left out"
        said.warn(reason, name)
        return None
    hours, minutes, seconds = found.groups(default="0")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def _kind(said: Said) -> str:
    kind = said.get("episodetype", "itunesepisodetype")
    if kind is None or str(kind).lower() in _KINDS:
        return str(kind or "").lower()
    reason = f"episode_type {str(kind)[:60]!r} is none of {', '.join(_KINDS)}; it was left out"
    said.warn(reason, "episodetype", "itunesepisodetype")
    return ""


def _explicit(said: Said) -> bool | None:
    value = said.get("explicit", "itunesexplicit")
    found = _EXPLICIT.get(str(value).strip().lower())
    if value is not None and found is None:
        said.warn(f"explicit {str(value)[:60]!r} is neither true nor false", "explicit")
    return found


def _image(said: Said) -> str:
    value = said.get("episodeimage", "episodecover", "itunesimage", "image", "cover")
    return said.address(as_mapping(value).get("url", ""))


def _transcripts(said: Said) -> Iterator[Beside]:
    for value in said.listed("transcript", "transcripts"):
        if found := _beside(said, as_mapping(value), "transcript"):
            yield found


def _chapters(said: Said) -> Beside | None:
    value = said.get("chapters", "chaptersurl", "chaptersfile")
    if isinstance(value, list):
        reason = (
            "chapters are a file that players fetch (JSON): say its address; they were left out"
        )
        said.warn(reason, "chapters")
        return None
    file = as_mapping(value)
    if file and suffix(file["url"]) == ".json":
        file = {"type": "application/json+chapters", **file}
    return _beside(said, file, "chapters") if file else None


def _beside(said: Said, file: dict[str, Any], name: str) -> Beside | None:
    url = said.address(file.get("url", ""))
    kind = media_type(file, url)
    if not url or not kind:
        reason = f"{name} {file.get('url', '')[:60]!r} was left out; it needs url: and type:"
        said.warn(reason, name, f"{name}s")
        return None
    language = language_tag(str(file.get("language") or file.get("lang") or ""))
    rel = "captions" if file.get("rel") == "captions" else ""
    return Beside(url=url, type=kind, language=language, rel=rel)


def _people(said: Said) -> Iterator[Person]:
    for name, role in _PEOPLE.items():
        for value in said.listed(name):
            about = (
                {plain(key): inner for key, inner in value.items()}
                if isinstance(value, dict)
                else {}
            )
            shown = without_address(line(about.get("name") if about else value))
            if shown:
                yield Person(
                    name=shown,
                    role=line(about.get("role")) or role,
                    group=line(about.get("group")),
                    url=said.address(_first(about, "href", "url", "uri")),
                    image=said.address(_first(about, "img", "image", "avatar", "picture")),
                )


def _first(about: dict[str, Any], *names: str) -> str:
    return next((about[name] for name in names if isinstance(about.get(name), str)), "")


def _soundbites(said: Said) -> Iterator[Soundbite]:
    for value in said.listed("soundbite", "soundbites"):
        about = (
            {plain(key): inner for key, inner in value.items()} if isinstance(value, dict) else {}
        )
        start = _seconds(said, about.get("start", about.get("starttime", 0)), "soundbite")
        duration = _seconds(said, about.get("duration"), "soundbite")
        if start is not None and duration:
            title = line(about.get("title") or about.get("text"))
            yield Soundbite(start=start, duration=duration, title=title)
        else:
            said.warn("a soundbite was left out; it needs start: and duration:", "soundbite")
