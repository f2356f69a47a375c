from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from syndicate.digests import slots
from syndicate.digests.compose import compose
from syndicate.digests.merge import say
from syndicate.digests.message import Headers, build, list_id, message_id
from syndicate.digests.model import Composed, Masthead
from syndicate.digests.template import MessageTemplate, Personal
from syndicate.digests.transfer import BLANKS
from syndicate.errors import AddressError, MessageError
from syndicate.settings.words import parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import EmailMessage

    from syndicate.posts.model import Post

ONCE = (
    *("Date", "From", "To", "Reply-To", "Subject", "Message-ID", "List-Id", "List-Unsubscribe"),
    *("List-Unsubscribe-Post", "List-Help", "List-Archive", "List-Post", "Precedence"),
    *("Auto-Submitted", "Feedback-ID", "MIME-Version", "Content-Type"),
)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=200)


@pytest.fixture(scope="module")
def composed(masthead: Masthead, make_post: Callable[..., Post]) -> Composed:
    return compose(masthead, [make_post(n, html="<p>“央行”：降准。</p>" * 9) for n in range(5)])


def _parse(message: bytes) -> EmailMessage:
    return message_from_bytes(message, policy=default)


def _parts(message: bytes) -> tuple[str, str]:
    """Text and HTML, decoded."""
    text, html = _parse(message).iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    return _decoded(text), _decoded(html)


def _filled(body: str, reader: Personal) -> str:
    """A body with a reader's links in the places of the markers."""
    body = body.replace(slots.UNSUBSCRIBE_URL, reader.unsubscribe_url)
    return body.replace(slots.PREFERENCES_URL, reader.preferences_url)


def _solid(text: str) -> str:
    return "".join(text.split())


def _decoded(part: object) -> str:
    payload = part.get_payload(decode=True)  # type: ignore[attr-defined]
    return payload.decode().replace("\r\n", "\n")  # type: ignore[no-any-return]


def test_each_header_is_there_once(composed: Composed, envelope: Headers, reader: Personal) -> None:
    message = _parse(build(composed, envelope).fill(reader))
    assert sorted(message.keys()) == sorted(ONCE)
    assert message.defects == []
    assert message["Subject"] == composed.subject
    assert message["From"] == "澜江财经 <news@finance.example>"
    assert message["To"] == "reader@mailbox.example"
    assert message["Date"].datetime == envelope.date
    assert message["Message-ID"] == reader.message_id
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Unsubscribe"] == f"<{reader.unsubscribe_url}>"
    assert message["List-Id"].endswith("<jingjiwang-0a1b2c3d.finance.example>")


def test_both_parts_decode_to_what_was_composed(
    composed: Composed, envelope: Headers, reader: Personal
) -> None:
    text, html = _parts(build(composed, envelope).fill(reader))
    lines = text.split("\n")
    expected_lines = _filled(composed.text, reader).split("\n")
    assert [line.rstrip(" ") for line in lines] == expected_lines
    # What fills up groups of three bytes shows nowhere.
    assert max(len(line) - len(line.rstrip(" ")) for line in lines) <= 2
    expected = _filled(composed.html, reader).replace("?l=1&k=2", "?l=1&amp;k=2")
    assert html.split() == expected.split()
    assert len(html) - len(expected) <= BLANKS * 3


def test_the_bytes_are_what_smtp_wants(
    composed: Composed, envelope: Headers, reader: Personal
) -> None:
    long = replace(
        reader,
        unsubscribe_url="https://n.finance.example/u/" + "T" * 190,
        preferences_url="https://n.finance.example/preferences/" + "T" * 180,
    )
    message = build(composed, envelope).fill(long)
    assert message.isascii()
    assert message.endswith(b"\r\n")
    assert message.replace(b"\r\n", b"").translate(None, b"\r\n\0") == message.replace(b"\r\n", b"")
    lines = message.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert not any(line.startswith(b".") for line in lines)
    unsubscribe = f"List-Unsubscribe: <{long.unsubscribe_url}>".encode()
    assert unsubscribe in lines
    assert max(len(line) for line in lines if line != unsubscribe) <= 78
    body = message.partition(b"\r\n\r\n")[2]
    assert max(map(len, body.split(b"\r\n"))) <= 76


def test_a_retry_is_the_same_bytes(composed: Composed, envelope: Headers, reader: Personal) -> None:
    first = build(composed, envelope)
    assert first == build(composed, envelope)
    assert first.fill(reader) == first.fill(reader)
    other = build(composed, replace(envelope, seed="mailing:43")).fill(reader)
    assert _parse(other).get_boundary() != _parse(first.fill(reader)).get_boundary()


def test_readers_differ_in_their_slots_only(
    composed: Composed, envelope: Headers, reader: Personal
) -> None:
    template = build(composed, envelope)
    other = replace(
        reader,
        unsubscribe_url="https://n.finance.example/u/OTHER?l=1&k=2",
        preferences_url="https://n.finance.example/preferences/TOKEN?l=1&k=2",
    )
    mine, theirs = (template.fill(one).split(b"\r\n") for one in (reader, other))
    assert len(mine) == len(theirs)
    # The header's, and in each of five places a line or two.
    assert 0 < sum(a != b for a, b in zip(mine, theirs, strict=True)) <= 1 + 5 * 2


LETTERS = (
    "Short and plain.\n",
    "Un café, et l’addition plus tard, je vous prie.\n",
    "央行宣布降准。\n",
)


@pytest.mark.parametrize("body", LETTERS)
def test_a_message_reads_the_same_however_it_is_encoded(
    envelope: Headers, reader: Personal, body: str
) -> None:
    html = f"<p>{body}</p><a {slots.UNSUBSCRIBE_HREF}>x</a>"
    message = build(Composed("s", html, f"{body}{slots.UNSUBSCRIBE_URL}\n{body}"), envelope).fill(
        reader
    )
    coding = ("7bit", "quoted-printable", "base64")[LETTERS.index(body)]
    text_part, html_part = _parse(message).iter_parts()
    assert text_part["Content-Transfer-Encoding"] == coding
    assert html_part["Content-Transfer-Encoding"] == coding
    text, shown = _parts(message)
    lines = [line.rstrip() for line in text.splitlines()]
    assert lines == [body.strip(), reader.unsubscribe_url, body.strip()]
    href = reader.unsubscribe_url.replace("&", "&amp;")
    assert _solid(shown) == _solid(html.replace(slots.UNSUBSCRIBE_URL, href))


@pytest.fixture(scope="module")
def personal(masthead: Masthead, make_post: Callable[..., Post]) -> Composed:
    """An edition that calls its readers by their names, and a post that says the same."""
    mine = replace(masthead, subject="{name|Reader} · {subject}", greeting="Hi <{name|you}>, {x|y}")
    return compose(mine, [make_post(html="<p>Hi &lt;you&gt;, y</p>", title="{name|t}")])


def test_a_greeting_and_a_subject_call_each_reader_by_name(
    personal: Composed, envelope: Headers, reader: Personal
) -> None:
    template = MessageTemplate.loads(build(personal, envelope).dumps())
    assert template.fields == ("name", "x")
    known: dict[str, str]
    for known, hello, subject in (
        ({}, "Hi <you>, y", "Reader"),
        ({"name": "林 & <b>晚</b>", "x": "Z"}, "Hi <林 & <b>晚</b>>, Z", "林 & <b>晚</b>"),
    ):
        message = template.fill(replace(reader, fields=known))
        assert _parse(message)["Subject"].startswith(f"{subject} · ")
        assert "{name|t}" in _parse(message)["Subject"]
        text, html = _parts(message)
        lines = [line.rstrip() for line in text.splitlines()]
        assert hello in lines
        # The post goes on saying what it says.
        assert "Hi <you>, y" in lines[lines.index(hello) + 1 :]
        assert str(escape(hello)) in [line.rstrip() for line in html.splitlines()]
        assert "<b>晚" not in html


@pytest.mark.slow
@given(name=TEXTS)
def test_no_name_breaks_out_of_its_place(
    personal: Composed, envelope: Headers, reader: Personal, name: str
) -> None:
    evil = f"{name}\r\nBcc: x@y.example\r\n\r\n<script>"
    for said in (name, evil, evil[::-1]):
        message = build(personal, envelope).fill(replace(reader, fields={"name": said, "x": said}))
        assert sorted(_parse(message).keys()) == sorted(set(ONCE))
        assert max(map(len, message.split(b"\r\n"))) <= 78
        assert "<script" not in _parts(message)[1]


def test_who_reads_it_of_whom_nothing_is_known_reads_the_defaults(personal: Composed) -> None:
    assert personal.subject.startswith("Reader · ")
    assert "Hi <you>, y" in personal.text.splitlines()
    marked = personal.marked("[Test] ")
    assert marked.subject == f"[Test] {personal.subject}"
    assert say(marked.subject_words, {"name": "A"}).startswith("[Test] A · ")


def test_a_greeting_that_no_line_of_the_template_has_is_refused(
    personal: Composed, envelope: Headers
) -> None:
    with pytest.raises(MessageError, match="no line that is the greeting"):
        build(replace(personal, greeting=parse("{name|nobody}")), envelope)


@pytest.mark.slow
@given(subject=TEXTS, title=TEXTS, length=st.integers(1, 180))
def test_whatever_is_said_comes_back(
    envelope: Headers, subject: str, title: str, length: int
) -> None:
    html = f"<p>{title}<a {slots.UNSUBSCRIBE_HREF}>x</a>{title}<a {slots.PREFERENCES_HREF}>"
    lines = (title, slots.PREFERENCES_URL, title, slots.UNSUBSCRIBE_URL, title, "")
    composed = Composed(subject, html, "\n".join(lines))
    mine, too = ("https://b.example/" + letter * length for letter in "tp")
    reader = Personal("a@b.example", "<i@b.example>", mine, too)
    message = build(composed, envelope).fill(reader)
    assert _parse(message)["Subject"] == subject
    text, shown = _parts(message)
    assert text.split() == _filled(composed.text, reader).split()
    # Within a tag blanks don't count, and within a word there are none.
    assert _solid(shown) == _solid(_filled(html, reader))


@pytest.mark.parametrize("link", ["unsubscribe_url", "preferences_url"])
def test_a_url_that_has_no_room_is_refused(
    composed: Composed, envelope: Headers, reader: Personal, link: str
) -> None:
    long = replace(reader, **{link: "https://n.finance.example/" + "t" * 300})  # type: ignore[arg-type]
    with pytest.raises(MessageError, match="have room"):
        build(composed, envelope).fill(long)


def test_a_body_may_do_without_a_link_to_preferences(envelope: Headers, reader: Personal) -> None:
    html = f"<a {slots.UNSUBSCRIBE_HREF}>x</a>"
    template = build(Composed("s", html, f"x\n{slots.UNSUBSCRIBE_URL}\n"), envelope)
    message = MessageTemplate.loads(template.dumps()).fill(reader)
    assert "preferences" not in "".join(_parts(message))


def test_a_template_is_dated_as_its_message_is(composed: Composed, envelope: Headers) -> None:
    template = MessageTemplate.loads(build(composed, envelope).dumps())
    assert template.date == envelope.date.timestamp()


@pytest.mark.parametrize(
    "wrong",
    [
        {"unsubscribe_url": "https://n.example/\r\nBcc: x@y.example"},
        {"unsubscribe_url": 'https://n.example/"><script>'},
        {"unsubscribe_url": "javascript:alert(1)"},
        {"preferences_url": "https://n.example/\r\n\r\nx"},
        {"preferences_url": 'https://n.example/"><script>'},
        {"message_id": "<a@b>\r\nBcc: x@y.example"},
        {"message_id": "bare@host"},
    ],
)
def test_nothing_personal_can_smuggle_in_a_header(
    composed: Composed, envelope: Headers, reader: Personal, wrong: dict[str, str]
) -> None:
    with pytest.raises(MessageError):
        build(composed, envelope).fill(replace(reader, **wrong))  # type: ignore[arg-type]


def test_a_bad_address_fails_alone(composed: Composed, envelope: Headers, reader: Personal) -> None:
    template = build(composed, envelope)
    with pytest.raises(AddressError):
        template.fill(replace(reader, to_address="用户@mailbox.example"))
    assert b"To: <u@xn--fsqu00a.example>\r\n" in template.fill(
        replace(reader, to_address="u@例子.example")
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"sender": "News\r\nBcc: x@y.example <n@a.example>"},
        {"list_name": "a\nb"},
        {"feedback_id": "表"},
        {"date": datetime(2026, 11, 22)},  # noqa: DTZ001 - naive is what is refused
    ],
)
def test_unsafe_headers_are_refused(
    composed: Composed, envelope: Headers, wrong: dict[str, object]
) -> None:
    with pytest.raises(MessageError):
        build(composed, replace(envelope, **wrong))  # type: ignore[arg-type]


def test_a_message_nobody_could_leave_is_refused(envelope: Headers) -> None:
    with pytest.raises(MessageError, match="unsubscribe"):
        build(Composed("s", "<p>x</p>", f"x\n{slots.UNSUBSCRIBE_URL}\n"), envelope)
    with pytest.raises(MessageError, match="unsubscribe"):
        build(Composed("s", f"<a {slots.UNSUBSCRIBE_HREF}>", "x\n"), envelope)


def test_a_template_survives_redis(composed: Composed, envelope: Headers, reader: Personal) -> None:
    template = build(composed, envelope)
    kept = MessageTemplate.loads(template.dumps())
    assert kept == template
    assert kept.fill(reader) == template.fill(reader)


def test_a_template_cut_short_is_refused(composed: Composed, envelope: Headers) -> None:
    data = build(composed, envelope).dumps()
    other = (b'"slots": ["to"', b'"slots": ["too"'), (b'"codings": ["', b'"codings": ["x')
    for broken in (data[:-1], data[:20], b"", b"{}\n", *(data.replace(*each) for each in other)):
        with pytest.raises(MessageError):
            MessageTemplate.loads(broken)


def test_a_message_id_is_stable_and_unique() -> None:
    ids = {message_id(b"key", m, s, "a.example") for m in range(20) for s in range(20)}
    assert len(ids) == 400
    assert message_id(b"key", 1, 2, "a.example") in ids
    assert message_id(b"other", 1, 2, "a.example") not in ids


def test_case_twins_have_lists_of_their_own() -> None:
    twins = [
        list_id(name, "a.example").lower() for name in ("TechWeb", "Techweb", "touzi(gangmei)")
    ]
    assert len(set(twins)) == 3
    assert twins[2].startswith("touzi-gangmei-")
    assert list_id("经济", "a.example").isascii()
    assert not list_id("经济", "a.example").startswith("-")
