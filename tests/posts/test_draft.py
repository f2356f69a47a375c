"""What is handed in becomes a file that says just that, or is refused field by field."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from syndicate.errors import DraftError
from syndicate.posts.faults import Faults
from syndicate.posts.inbound.draft import HANDED_IN, parse, withdrawn
from syndicate.posts.matter import front_matter
from syndicate.posts.text import title_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from syndicate.posts.inbound.draft import Draft
    from syndicate.posts.matter.front_matter import FrontMatter
    from syndicate.posts.model import Reading

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
#: All that a text may hold.
PLAIN = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cn"])
LINES = st.text(PLAIN, min_size=1, max_size=80).filter(str.strip)
BODIES = st.lists(
    st.one_of(LINES, st.sampled_from(["---", "...", "", "{{ x }}", "{% endraw %}", "key: v", "\t"]))
).map("\n".join)


def draft(**fields: object) -> Draft:
    return parse(json.dumps({"title": "Boats", "markdown": "They float.", **fields}).encode())


def faults(**fields: object) -> dict[str, str]:
    """The line about each field that is wrong."""
    with pytest.raises(DraftError) as refused:
        draft(**fields)
    assert all("\n" not in line for _, line in refused.value.faults)
    return dict(refused.value.faults)


def taken_apart(data: bytes) -> FrontMatter:
    """A file as every reader of front matter takes it apart, without a complaint."""
    told = Faults("x.md")
    matter = front_matter.split(data.decode(), told)
    assert not told.problems
    return matter


# Fields


@pytest.mark.slow
@given(
    title=LINES,
    names=st.lists(LINES, max_size=5),
    summary=st.one_of(st.none(), BODIES.filter(str.strip)),
    body=BODIES.filter(str.strip),
    key=st.from_regex(r"[A-Za-z0-9._~:@=+-]{1,40}", fullmatch=True),
)
def test_no_value_breaks_out_of_its_place(
    title: str, names: list[str], summary: str | None, body: str, key: str
) -> None:
    written = draft(title=title, markdown=body, tags=names, summary=summary)
    data = written.file(key, NOW, SHANGHAI, layout="post")
    matter = taken_apart(data)
    expected = {"layout", "title", "date", "render_with_liquid", HANDED_IN}
    expected |= {"tags"} if names else set()
    expected |= {"excerpt"} if summary else set()
    assert set(matter.entries) == expected
    assert matter.values["tags"] if names else not written.tags
    assert matter.values.get("tags", []) == list(written.tags)
    assert matter.values.get("excerpt") == written.summary
    assert matter.values[HANDED_IN] == {"key": key, "digest": written.digest}
    assert matter.body == f"{(written.markdown or '').rstrip()}\n"
    # YAML as others read it.
    assert yaml.safe_load(data.decode().split("\n---\n", 1)[0])["title"] == matter.values["title"]


@pytest.mark.slow
@given(title=LINES)
def test_a_title_is_plain_text_whatever_it_looks_like(title: str) -> None:
    written = draft(title=title)
    matter = taken_apart(written.file("k", NOW, SHANGHAI))
    assert title_text(matter.entries["title"].text) == written.title


@given(
    moment=st.datetimes(datetime(1900, 1, 2), datetime(2199, 12, 30)),  # noqa: DTZ001 - made aware below
    zone=st.sampled_from(sorted(available_timezones())),
)
def test_a_date_is_read_as_the_moment_that_it_was(moment: datetime, zone: str) -> None:
    said = moment.replace(tzinfo=UTC)
    written = draft(date=said.isoformat())
    assert written.date == said.replace(microsecond=0)
    data = written.file("k", written.date, ZoneInfo(zone))
    assert datetime.fromisoformat(taken_apart(data).entries["date"].text) == written.date


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("title", None, "Input should be a valid string"),
        ("title", " ", "must not be empty"),
        ("title", "x" * 501, "at most 500 characters"),
        ("title", "one\ntwo", "must be one line"),
        ("title", "a\x00b", "control character U+0000 at character 2"),
        ("markdown", "a\x1bb", "control character U+001B at character 2"),
        ("markdown", "\n", "must not be empty"),
        ("html", "<p>", "one body: either `markdown` or `html`"),
        ("date", "2026-11-23", "must be ISO 8601 with a zone, such as '2026-11-23T08:00:00+08:00'"),
        ("date", "2026-11-23T08:00:00", "with a zone"),
        ("date", "0001-01-01T00:00:00+14:00", "with a zone"),
        ("date", 1795420800, "with a zone"),
        ("categories", ["a/b"], "'categories' no. 1: 'a/b' looks like a path; name it otherwise"),
        ("categories", ["good", "x" * 201], "no. 2: has 201 characters, more than 200"),
        ("categories", ["x"] * 100_000, "at most 50 items"),
        ("categories", "tech", "Input should be a valid"),
        ("tags", ["a\u2028b"], "no. 1"),
        ("authors", ["ann@blog.example"], "must be a name without a mail address"),
        ("language", "../zh", "must be a BCP 47 language tag, such as 'zh-CN'"),
        ("image", "javascript:alert(1)", "must be an absolute http(s) URL"),
        ("image", "/boat.png", "must be an absolute http(s) URL"),
        ("slug", "../../etc", "must be lower-case letters, digits and hyphens, such as 'etc'"),
        ("slug", "Boats", "such as 'boats'"),
        ("key", "a b", "must be 1 to 200 letters"),
        ("titel", "x", "no such field; did you mean 'title'?"),
        ("layout", "x", "no such field"),
    ],
)
def test_what_is_wrong_is_told_with_its_field_and_what_would_be_right(
    field: str, value: object, says: str
) -> None:
    told = faults(**{field: value})
    assert list(told) == [field]
    assert says in told[field]
    assert len(told[field]) < 400


def test_every_fault_is_told_at_once() -> None:
    assert set(faults(title="", date="soon", image="x", categories=["/"])) == {
        *("title", "date", "image", "categories")
    }
    with pytest.raises(DraftError) as refused:
        parse(b"{}")
    assert {field for field, _ in refused.value.faults} == {"title", "html"}


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"3", b"[]", b"{", b"\xff", b'"x"', b"[" * 100_000, b'{"a":' * 100_000),
        *(b'{"title":"\\ud800","markdown":"x"}', b'{"title":1' + b"0" * 10_000),
    ],
)
def test_what_is_no_object_is_told_in_a_line(body: bytes) -> None:
    with pytest.raises(DraftError) as refused:
        parse(body)
    ((field, line),) = refused.value.faults
    assert not field
    assert "\n" not in line


@given(st.binary(max_size=200))
def test_no_bytes_are_more_than_refused(body: bytes) -> None:
    with pytest.raises(DraftError):
        parse(body)


@pytest.mark.parametrize("char", ["#", "-", "<", "&", "'", "@", "\u3000", "]", "{"])
def test_a_huge_draft_costs_what_it_weighs(char: str) -> None:
    text = char * 100_000
    begun = time.process_time()
    written = draft(markdown=f"x{text}", title=f"x{char * 400}", authors=[f"x{' ' * 99}y"])
    written.file("k", NOW, SHANGHAI)
    assert time.process_time() - begun < 1


# What it is called


@pytest.mark.parametrize(
    ("fields", "slug"),
    [
        ({"title": "Boats & Tides!"}, "boats-tides"),
        ({"title": "北陵零售：与澜江云"}, "北陵零售-与澜江云"),
        ({"title": "../../etc/passwd"}, "etc-passwd"),
        ({"title": "???"}, "post"),
        ({"title": "Boats", "slug": "own-name"}, "own-name"),
        ({"title": "é"}, "é"),
    ],
)
def test_a_file_is_called_by_its_slug_or_its_title(fields: dict[str, str], slug: str) -> None:
    assert draft(**fields).file_slug == slug


@given(LINES, st.integers(1, 20))
def test_any_title_gives_a_name_that_every_disk_takes(title: str, times: int) -> None:
    slug = draft(title=title * times if len(title) * times <= 500 else title).file_slug
    assert slug
    assert len(f"2026-11-23-{slug}-0123abcd.html".encode()) <= 255
    assert not set(slug) & set("/\\.: \x00")


def test_a_draft_is_the_same_whatever_its_key_and_its_zone() -> None:
    one = draft(key="a", date="2026-11-23T08:00:00+08:00", language="zh_cn")
    assert one.digest == draft(key="b", date="2026-11-23T00:00:00Z", language="zh-CN").digest
    assert one.digest != draft(date="2026-11-23T00:00:01Z", language="zh-CN").digest
    assert draft(markdown="x").digest != parse(b'{"title":"Boats","html":"x"}').digest


# Read as a post


def test_a_draft_is_read_as_it_was_handed_in(read: Callable[..., Reading]) -> None:
    fields: dict[str, Any] = {
        "title": "Use <b> & “quotes”: AT&T",
        "markdown": "**央行：**下调 and {{ site.title }} {% include x %}",
        "date": "2026-01-02T08:00:00+08:00",
        "categories": ["yes", "tech news", "1.10"],
        "tags": ["a, b"],
        "authors": ["Ann & Bo"],
        "language": "zh-CN",
        "image": "https://pictures.example/boat.png",
        "summary": "In *short*.",
    }
    written = draft(**fields)
    assert written.date
    reading = read(written.file("k", written.date, SHANGHAI, layout="post"))
    assert not reading.problems
    post = reading.post
    assert post
    assert post.title == fields["title"]
    assert post.published == written.date
    assert list(post.categories) == fields["categories"]
    assert list(post.tags) == fields["tags"]
    assert list(post.authors) == fields["authors"]
    assert (post.language, post.summary) == ("zh-CN", "In short.")
    assert post.image
    assert post.image.url == fields["image"]
    assert "<strong>央行：</strong>" in post.html
    assert "{{ site.title }} {% include x %}" in post.html


def test_html_is_taken_as_html(read: Callable[..., Reading]) -> None:
    written = parse(b'{"title":"Boats","html":"<p>1 * 2 * 3</p>{{ x }}<script>x</script>"}')
    data = written.file("k", NOW, SHANGHAI)
    post = read(data, source="_posts/2026-11-23-boats.html").post
    assert post
    assert post.html == "<p>1 * 2 * 3</p>{{ x }}"


def test_what_was_withdrawn_is_no_post_and_no_problem(read: Callable[..., Reading]) -> None:
    reading = read(withdrawn("k", "d", NOW, SHANGHAI))
    assert (reading.post, reading.problems) == (None, ())
