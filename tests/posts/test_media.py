"""What a post brings to listen to, as sites write it down."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syndicate.posts.media.episode import Beside, Enclosure, Episode, Person, Soundbite
from syndicate.posts.model import Post

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.posts.model import Reading

    Read = Callable[..., Reading]

CDN = "https://cdn.example/ep1.mp3"
SITE = "https://news.example"
MP3, M4A, OGG = "audio/mpeg", "audio/x-m4a", "audio/ogg"


def heard(read: Read, matter: str, body: str = "Hear, hear.", **more: Any) -> Episode | None:  # noqa: ANN401 - as `read`
    reading = read(f"---\ntitle: One\n{matter}\n---\n{body}\n", **more)
    assert reading.post is not None, reading.problems
    return reading.post.episode


def media(read: Read, matter: str, body: str = "Hear, hear.") -> list[tuple[str, str, int | None]]:
    episode = heard(read, matter, body)
    return [(one.url, one.type, one.length) for one in episode.media] if episode else []


def facts(read: Read, matter: str) -> Episode:
    episode = heard(read, f"audio: {CDN}\n{matter}")
    assert episode is not None
    return episode


def warnings(read: Read, matter: str) -> list[str]:
    reading = read(f"---\ntitle: One\nfile_size: 9\n{matter}\n---\nHear.\n")
    return [str(problem) for problem in reading.problems]


# Files


@pytest.mark.parametrize(
    "matter",
    [
        f"audio: {CDN}\nfile_size: 9",
        f"audio: {{url: {CDN}, size: 9}}",
        f"audio: {{mp3: {CDN}}}\nfilesize: {{mp3: 9}}",
        f"enclosure: {{url: {CDN}, length: 9, type: audio/mpeg}}",
        f"enclosure: {{href: {CDN}, length: '9', type: Audio/MPEG}}",
        f"enclosure: |\n  {CDN}\n  9\n  audio/mpeg\n  a:1:{{s:8:duration}}",
        f"podcast: {{file: {CDN}, bytes: 9}}",
        f"podcast: {{audio: {CDN}, file_size: 9}}",
        f"podcast_link: {CDN}\nfile-size: 9",
        f"file: {CDN}\nfileSize: 9",
        f"mp3: {CDN}\nfile_size: 9",
        f"audio: [{{url: {CDN}, length: 9}}]",
    ],
)
def test_a_recording_is_found_as_sites_write_it(read: Read, matter: str) -> None:
    assert media(read, matter) == [(CDN, MP3, 9)]


def test_a_post_without_a_recording_is_no_episode_whatever_else_it_says(read: Read) -> None:
    matter = "duration: x\nseason: 2\nepisode: y\nimage: /a.png\nfile: /notes.pdf\nvideo: dQw4"
    assert heard(read, matter) is None
    assert warnings(read, matter) == []


def test_a_file_of_the_sites_folder_is_measured_there(read: Read, tmp_path: Path) -> None:
    (tmp_path / "audio").mkdir()
    (tmp_path / "audio" / "ep 1.mp3").write_bytes(b"x" * 321)
    url = f"{SITE}/audio/ep%201.mp3"
    for written in ("/audio/ep 1.mp3", "audio/ep 1.mp3", url):
        assert media(read, f"audio: {written}") == [(url, MP3, 321)]


def test_a_file_below_the_base_of_the_site_is_measured_too(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(b"12345")
    config = f"url: {SITE}\nbaseurl: /blog\n"
    episode = heard(read, "audio: /a.mp3", config=config)
    assert episode
    assert episode.media == (Enclosure(url=f"{SITE}/blog/a.mp3", type=MP3, length=5),)


def test_octopods_recordings_are_in_a_folder_that_it_doesnt_name(
    read: Read, tmp_path: Path
) -> None:
    (tmp_path / "episodes").mkdir()
    for suffix in ("m4a", "mp3"):
        (tmp_path / "episodes" / f"one.{suffix}").write_bytes(b"x" * len(suffix))
    assert media(read, "audio:\n  m4a: one.m4a\n  ogg: one.ogg\n  mp3: one.mp3") == [
        (f"{SITE}/episodes/one.mp3", MP3, 3),
        (f"{SITE}/episodes/one.m4a", M4A, 3),
        (f"{SITE}/one.ogg", OGG, None),
    ]


@pytest.mark.parametrize(
    "path", ["/../{0}", "/%2e%2e/{0}", "/x/%2e%2e/%2e%2e/{0}", "/..%2f{0}", "/link.mp3", "/%00.mp3"]
)
def test_nothing_outside_the_site_is_measured(read: Read, tmp_path: Path, path: str) -> None:
    secret = tmp_path.parent / f"{tmp_path.name}.mp3"
    secret.write_bytes(b"secret")
    (tmp_path / "link.mp3").symlink_to(secret)
    ((_, _, length),) = media(read, f"audio: {path.format(secret.name)}")
    assert length is None


def test_an_unknown_length_is_told_with_file_and_line(read: Read) -> None:
    (warning,) = (
        str(problem) for problem in read(f"---\ntitle: One\naudio: {CDN}\n---\nHear.\n").problems
    )
    assert warning.startswith("_posts/2026-01-02-boats.md:3: warning: nobody knows how many bytes")
    assert "file_size:" in warning


@pytest.mark.parametrize(
    "matter", ["audio: https://sound.example/harbour", "audio: 'javascript:alert(1).mp3'"]
)
def test_what_is_no_files_address_is_left_out_and_told(read: Read, matter: str) -> None:
    assert media(read, matter) == []
    (warning,) = warnings(read, matter)
    assert ":4: warning: audio" in warning
    assert "was left out" in warning


def test_a_type_that_is_written_wins_over_the_suffix(read: Read) -> None:
    matter = "enclosure: {url: https://cdn.example/play?id=7, type: audio/aac, length: '1,234'}"
    assert media(read, matter) == [("https://cdn.example/play?id=7", "audio/aac", 1234)]


def test_addresses_are_uris(read: Read) -> None:
    ((url, _, _),) = media(read, "audio: '/央 行|\"<a>.mp3'")
    assert url == f"{SITE}/%E5%A4%AE%20%E8%A1%8C%7C%22%3Ca%3E.mp3"


# Players


def test_the_first_player_of_a_body_is_the_recording_where_nothing_is_said(read: Read) -> None:
    body = (
        '<video autoplay loop muted src="/wave.mp4"></video>\n\n'
        '<audio controls><source src="/a.ogg"><source src="a.mp3?x=1&amp;y=2"></audio>\n\n'
        '<audio src="/b.mp3"></audio>'
    )
    assert media(read, "layout: post", body) == [
        (f"{SITE}/a.ogg", OGG, None),
        (f"{SITE}/2026/01/02/a.mp3?x=1&y=2", MP3, None),
    ]
    assert media(read, f"audio: {CDN}\nfile_size: 1", body) == [(CDN, MP3, 1)]


def test_a_player_in_an_example_of_code_is_none(read: Read) -> None:
    body = '```html\n<audio src="/a.mp3"></audio>\n```\n\nOr `<video src="/a.mp4"></video>`.'
    assert media(read, "layout: post", body) == []


# Facts


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("1:02:03", 3723),
        ("'1:02:03'", 3723),
        ("0:03:13", 193),
        ("62:03", 3723),
        ("'62:03'", 3723),
        ("3723", 3723),
        ("3722.6", 3723),
        ("'00:45.500'", 46),
        ("0", None),
    ],
)
def test_a_duration_is_seconds_however_it_is_written(
    read: Read, written: str, seconds: int | None
) -> None:
    assert facts(read, f"duration: {written}").duration == seconds


def test_an_episode_says_all_that_players_show(read: Read) -> None:
    episode = facts(
        read,
        """\
podcast:
  episode: 12.5
  season: {number: 2, name: The Yard}
  episodeType: Bonus
  explicit: clean
  episode_title: "A <b>tide</b>"
  image: /cover.jpg
  transcript: [/1.srt, {url: /1.vtt, language: zh_cn, rel: captions}]
  chapters: /1.json
  soundbite: {start: "1:13", duration: 30.5, title: Ropes}
  persons:
    - {name: "Ann <ann@example.org>", role: guest, href: https://ann.example/, img: /ann.jpg}
    - ben@example.org
hosts: Cleo
""",
    )
    assert episode == Episode(
        media=(Enclosure(url=CDN, type=MP3),),
        title="A tide",
        number="12.5",
        season=2,
        season_name="The Yard",
        kind="bonus",
        explicit=False,
        image=f"{SITE}/cover.jpg",
        transcripts=(
            Beside(url=f"{SITE}/1.srt", type="application/x-subrip"),
            Beside(url=f"{SITE}/1.vtt", type="text/vtt", language="zh-CN", rel="captions"),
        ),
        chapters=Beside(url=f"{SITE}/1.json", type="application/json+chapters"),
        people=(
            Person(name="Ann", role="guest", url="https://ann.example/", image=f"{SITE}/ann.jpg"),
            Person(name="Cleo", role="host"),
        ),
        soundbites=(Soundbite(start=73, duration=30.5, title="Ropes"),),
    )


@pytest.mark.parametrize(
    ("matter", "reason"),
    [
        ("duration: 45 min", "duration '45 min' is none; write 1:02:03, or seconds"),
        ("episode: four", "episode 'four' is no number, such as 12"),
        ("season: true", "season 'True' is no number"),
        ("episode_type: extra", "episode_type 'extra' is none of full, trailer, bonus"),
        ("explicit: perhaps", "explicit 'perhaps' is neither true nor false"),
        ("transcript: /words", "transcript '/words' was left out; it needs url: and type:"),
        ("chapters: ['00:00 Intro']", "chapters are a file that players fetch"),
        ("soundbite: {start: 3}", "a soundbite was left out; it needs start: and duration:"),
    ],
)
def test_what_no_player_understands_is_left_out_and_told_with_its_line(
    read: Read, matter: str, reason: str
) -> None:
    (warning,) = warnings(read, f"audio: {CDN}\n{matter}")
    assert f":5: warning: {reason}" in warning


# Laws


def test_an_episode_is_part_of_what_readers_see(read: Read) -> None:
    hashes = set()
    for matter in ("x: 1", f"audio: {CDN}", f"audio: {CDN}\nduration: 5"):
        reading = read(f"---\ntitle: One\n{matter}\n---\nHear.\n")
        assert reading.post is not None
        assert Post.loads(reading.post.dumps()) == reading.post
        hashes.add(reading.post.content_hash)
    assert len(hashes) == 3


_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20),
    st.sampled_from((CDN, "/a.mp3", "1:2:3", "audio/mpeg", "//x", "..", "\x00", "http://[")),
)  # fmt: skip
_KEYS = st.sampled_from(
    (
        *("audio", "enclosure", "podcast", "file", "mp3", "url", "type", "length", "file_size"),
        *("duration", "episode", "season", "explicit", "transcript", "chapters", "persons"),
        *("soundbite", "start", "name", "number", "image", "title", "language", "role"),
    )
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(values=st.dictionaries(_KEYS, _VALUES, max_size=6))
def test_any_front_matter_gives_a_post_whose_urls_are_absolute(
    read: Read, values: dict[str, Any]
) -> None:

    matter = "\n".join(f"{key}: {json.dumps(value)}" for key, value in values.items())
    reading = read(f"---\ntitle: One\n{matter}\n---\nHear.\n")
    if reading.post is None or reading.post.episode is None:
        return
    episode = reading.post.episode
    assert Post.loads(reading.post.dumps()) == reading.post
    for url in (
        *(file.url for file in episode.media),
        *(transcript.url for transcript in episode.transcripts),
        *(one for person in episode.people for one in (person.url, person.image) if one),
    ):
        assert url.startswith(("https://", "http://"))
        assert url.isascii()


@pytest.mark.parametrize("name", ["duration", "episode", "audio", "enclosure", "transcript"])
def test_no_value_takes_long_to_read(read: Read, name: str) -> None:
    for text in ("1:" * 50_000, "1" * 100_000, "a/" * 50_000, "<" * 100_000, "\\n" * 50_000):
        begun = time.process_time()
        read(f'---\ntitle: One\naudio: {CDN}\n{name}: "{text}"\n---\nHear.\n')
        assert time.process_time() - begun < 0.5
