"""Lint finds what is wrong with a message, and nothing where nothing is."""

from __future__ import annotations

import time
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicate.digests.compose import compose
from syndicate.digests.lint.check import lint, web_links
from syndicate.digests.lint.links import dead
from syndicate.digests.lint.model import Severity
from syndicate.digests.message import build
from syndicate.posts.model import Image

if TYPE_CHECKING:
    from collections.abc import Callable

    from syndicate.digests.lint.model import Finding
    from syndicate.digests.message import Headers
    from syndicate.digests.model import Masthead
    from syndicate.digests.template import Personal
    from syndicate.posts.model import Post

HEAD = (
    '<html lang="en" dir="ltr"><head><meta name="viewport"><meta name="color-scheme">'
    "<title>News of the day</title></head>"
)
PREHEADER = '<div style="display:none">what else is in it</div>'


def document(body: str, head: str = HEAD, before: str = PREHEADER) -> str:
    return f"{head}<body>{before}<h1>News</h1>{body}</body></html>"


def message(
    html: str = "", text: str = "what else is in it News", subject: str = "News of the day"
) -> bytes:
    made = EmailMessage()
    made["Subject"], made["To"] = subject, "<reader@mail.example>"
    made["Message-ID"], made["Date"] = "<1@blog.example>", "Mon, 23 Nov 2026 08:00:00 +0000"
    made["List-Id"], made["List-Unsubscribe"] = "<x.blog.example>", "<https://blog.example/u>"
    made.set_content(text)
    made.add_alternative(html or document("<p>Words.</p>"), subtype="html")
    return bytes(made)


def names(body: str, **rest: str) -> list[str]:
    """What is found in a document with that body, which is sound otherwise."""
    return [finding.name for finding in lint(message(document(body, **rest)))]


def one(body: str) -> Finding:
    (found,) = lint(message(document(body)))
    return found


# The sound


def test_a_sound_message_has_no_findings() -> None:
    assert lint(message()) == []


@pytest.mark.parametrize("count", [1, 5, 60])
def test_an_edition_of_ours_has_no_findings(
    masthead: Masthead,
    envelope: Headers,
    reader: Personal,
    make_post: Callable[..., Post],
    count: int,
) -> None:
    html = (
        "<h2>要点</h2><p>正文<a href='https://finance.example/a'>全文</a></p><ul><li>甲</li></ul>"
    )
    posts = [make_post(n, html=f"<p>{n}</p>{html}") for n in range(count)]
    assert lint(build(compose(masthead, posts), envelope).fill(reader)) == []


def test_a_picture_whose_height_nobody_knows_is_all_there_is_to_say(
    masthead: Masthead, envelope: Headers, reader: Personal, make_post: Callable[..., Post]
) -> None:
    post = make_post(image=Image("https://finance.example/lead.png"), html="<p>正文。</p>" * 99)
    found = lint(build(compose(masthead, [post]), envelope).fill(reader))
    assert [(finding.name, finding.where) for finding in found] == [
        ("image-size", "https://finance.example/lead.png")
    ]


# Links


@pytest.mark.parametrize(
    ("link", "name"),
    [
        ('<a href="/news">News</a>', "link-relative"),
        ('<a href="news.html">News</a>', "link-relative"),
        ('<a href="//blog.example">News</a>', "link-relative"),
        ('<a href="#top">Up</a>', "link-relative"),
        ('<a href="">News</a>', "link-relative"),
        ('<a href="javascript:x()">News</a>', "link-relative"),
        ('<a href="https://">News</a>', "link-relative"),
        ('<a href="https://[">News</a>', "link-relative"),
        ('<a href="https://blog.example"> </a>', "link-empty"),
        ('<a href="https://blog.example">Click here!</a>', "link-vague"),
        ('<a href="https://blog.example">点击这里</a>', "link-vague"),
        ('<a href="https://evil.example">https://bank.example/login</a>', "link-elsewhere"),
        ('<a href="https://evil.example">www.bank.example</a>', "link-elsewhere"),
    ],
)
def test_a_link_that_misleads_is_found(link: str, name: str) -> None:
    assert names(f"<p>Read {link} of today.</p>") == [name]


@pytest.mark.parametrize(
    "link",
    [
        '<a href="https://blog.example/a">https://blog.example/b</a>',
        '<a href="https://www.blog.example/">http://Blog.example</a>',
        '<a href="mailto:me@blog.example">me</a>',
        '<a href="tel:+4912345">call</a>',
        '<a href="HTTP://blog.example">News</a>',
        '<a name="top">Top</a>',
        '<a href="https://blog.example">Here is the news</a>',
    ],
)
def test_a_link_that_says_where_it_leads_is_left_alone(link: str) -> None:
    assert names(f"<p>Read {link} of today.</p>") == []


def test_what_the_web_can_be_asked_for_is_named_once() -> None:
    body = (
        '<p>a <a href="https://b.example/1">x</a> <a href="https://b.example/1">y</a>'
        '<a href="mailto:a@b.example">z</a><img src="https://b.example/2" alt="">'
        '<img src="data:,">'
    )
    assert web_links(message(document(body))) == ["https://b.example/1", "https://b.example/2"]


def test_an_answer_says_how_dead_a_link_is() -> None:
    answers: dict[str, int | str] = {"a": 200, "b": 404, "c": 503, "d": "no such host", "e": 304}
    assert [(f.where, f.severity, f.what) for f in dead(answers)] == [
        ("b", Severity.ERROR, "its server answers 404"),
        ("c", Severity.WARNING, "its server answers 503"),
        ("d", Severity.ERROR, "no such host"),
    ]


# Pictures

SIZED = 'width="10" height="10" src="https://blog.example/a.png"'
LONG = "<p>" + "Words of which there are many. " * 150 + "</p>"


@pytest.mark.parametrize(
    ("picture", "name"),
    [
        (f"<img {SIZED}>", "image-alt"),
        ('<img alt="" width="1" src="https://blog.example/a.png">', "image-size"),
        ('<img alt="" width="1" height="1" src="data:image/png;base64,AA==">', "image-data"),
        ('<img alt="" width="1" height="1" src="a.png">', "image-relative"),
    ],
)
def test_a_picture_that_some_do_not_see_is_found(picture: str, name: str) -> None:
    assert names(LONG + picture) == [name]


def test_a_mail_that_is_mostly_pictures_is_found() -> None:
    assert names(f'<img {SIZED} alt="">') == ["HTML_IMAGE_ONLY_04"]
    assert names("<p>" + "Words. " * 350 + f'<img {SIZED} alt="">') == ["HTML_IMAGE_ONLY_28"]
    wide = '<img alt="" width="600" height="2000" src="https://blog.example/a.png">'
    assert names(LONG + wide) == ["HTML_IMAGE_RATIO_04"]


def test_an_address_without_brackets_is_suspect_beside_one_picture() -> None:
    data = message(document(f'{LONG}<img {SIZED} alt="">'))
    bare = data.replace(b"To: <reader@mail.example>", b"To: reader@mail.example")
    assert lint(data) == []
    assert [finding.name for finding in lint(bare)] == ["TO_NO_BRKTS_HTML_IMG"]


# Looks

DARK = "<style>@media (prefers-color-scheme: dark) {{ .page {{ {} }} }}</style>"


def test_text_that_does_not_stand_out_is_found_in_the_light_and_in_the_dark() -> None:
    found = one('<p style="color:#888888">soft</p>')
    assert found.what == "#888888 on #ffffff has a contrast of 3.5 in the light"
    head = HEAD + DARK.format("color: #666 !important; background-color: #222 !important;")
    body = '<p class="page" style="color:#000;background-color:#fff">words</p>'
    (dark,) = lint(message(document(body, head)))
    assert dark.what == "#666 on #222 has a contrast of 2.8 in the dark"
    assert dark.where == "“words”"


def test_a_rule_for_the_dark_that_cannot_be_read_is_told() -> None:
    head = HEAD + DARK.format("color: #fff;").replace(".page", ".page,")
    (found,) = lint(message(document("<p>words</p>", head)))
    assert (found.name, found.where) == ("dark-rule", ".page,")


def test_a_colour_is_inherited_and_a_background_shows_through() -> None:
    body = '<div style="color:#fff;background-color:#777"><p><b>dim</b></p> tail</div>'
    found = one(body)
    assert found.name == "contrast"
    assert names('<div style="color:#fff;background-color:#333"><p>clear</p></div>') == []
    through = (
        '<div style="background-color:#777"><p style="background-color:transparent;color:#fff">'
    )
    assert one(f"{through}dim").what == "#fff on #777 has a contrast of 4.5 in the light"


def test_words_after_an_element_or_a_comment_are_words_too() -> None:
    assert names('<div style="color:#aaa"><i style="color:#000">x</i> tail</div>') == ["contrast"]
    made = message(document("<p><!-- x -->alpha <b>beta</b> gamma</p>", before=""), "alpha gamma")
    # Of four words of the HTML the text says two.
    assert [finding.name for finding in lint(made)] == ["preheader"]


def test_text_in_the_colour_of_its_paper_is_hidden() -> None:
    assert names('<p style="color:#fff">spam</p>') == ["contrast", "HTML_FONT_LOW_CONTRAST"]


def test_a_colour_that_cannot_be_judged_is_told() -> None:
    assert one('<p style="color:hsl(0,0%,50%)">x</p>').name == "colour"


@pytest.mark.parametrize(
    ("style", "found"),
    [
        ("font-size:13px", True),
        ("font-size:14px", False),
        ("font-size:10pt", True),
        ("font-size:11pt", False),
        ("font-size:0.8em", True),
        ("font-size:90%", False),
        ("font-size:80%", True),
        ("font-size:.5rem", False),
        ("font-size:0.5rem", True),
        ("font-size:large", False),
    ],
)
def test_small_print_is_found(style: str, found: bool) -> None:
    assert (names(f'<p style="{style}">words</p>') == ["font-size"]) is found


def test_a_post_is_read_at_sixteen_pixels_but_for_the_words_below_its_pictures() -> None:
    small = '<{0} style="font-size:15px">words</{0}>'
    assert names(f'<div class="body">{small.format("p")}</div>') == ["font-size"]
    assert names(f'<div class="body">{small.format("figcaption")}</div>') == []
    assert names(small.format("p")) == []


@pytest.mark.parametrize(
    ("style", "height"),
    [
        ("", "19"),
        ("line-height:40px", "40"),
        ("display:block;padding:10px 0;font-size:16px;line-height:1.2", "39"),
        ("display:inline-block;padding:1px 2px 3px;line-height:36px", "40"),
        ("display:block;line-height:20px;padding-top:20px", "40"),
    ],
)
def test_a_link_too_low_for_a_thumb_is_found(style: str, height: str) -> None:
    found = one(f'<p><a href="https://blog.example" style="{style}">Read on</a></p>')
    assert (found.name, found.what) == ("touch", f"a link {height} px high")


@pytest.mark.parametrize(
    "body",
    [
        '<p><a href="https://blog.example" style="line-height:44px">Read on</a></p>',
        '<p style="line-height:44px"><a href="https://blog.example">Read on</a></p>',
        '<p>In a sentence <a href="https://blog.example">it may be low</a>.</p>',
        '<p><a href="https://blog.example" style="display:none">Read on</a></p>',
    ],
)
def test_a_link_that_a_thumb_hits_is_left_alone(body: str) -> None:
    assert names(body) == []


def test_links_that_an_author_lists_may_be_lower() -> None:
    link = (
        '<div class="body"><p style="line-height:{}px"><a href="https://b.example">A</a></p></div>'
    )
    assert names(link.format(24)) == []
    assert names(link.format(23)) == ["touch"]


def test_text_that_nobody_is_to_see_is_found() -> None:
    tiny = '<div style="display:none;font-size:1px">what else</div>'
    assert names("", before=tiny) == ["HTML_TEXT_INVISIBLE_FONT"]
    long = f'<div style="display:none">{"word " * 300}</div>'
    assert names("", before=long) == ["LONG_INVISIBLE_TEXT"]


# The frame


@pytest.mark.parametrize(
    ("gone", "name"),
    [
        (' lang="en"', "language"),
        (' dir="ltr"', "direction"),
        ('<meta name="viewport">', "viewport"),
        ('<meta name="color-scheme">', "color-scheme"),
        ("News of the day", "title"),
    ],
)
def test_a_frame_that_says_too_little_is_found(gone: str, name: str) -> None:
    assert names("<p>Words.</p>", head=HEAD.replace(gone, "")) == [name]


def test_a_title_much_longer_than_the_subject_is_found() -> None:
    long = HEAD.replace("News of the day", "News " * 20)
    assert names("", head=long) == ["title", "HTML_TITLE_SUBJ_DIFF"]


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("<h3>Deep</h3>", "<h3> comes after <h1>"),
        ("<h2>A</h2><h4>B</h4>", "<h4> comes after <h2>"),
        ("<h1>Again</h1>", "a second <h1>"),
        ("<h2> </h2>", "an empty <h2>"),
    ],
)
def test_headings_out_of_order_are_found(body: str, what: str) -> None:
    assert one(body).what == what


def test_headings_may_close_several_levels_at_once() -> None:
    assert names("<h2>A</h2><h3>B</h3><h4>C</h4><h2>D</h2>") == []


def test_a_mail_without_a_preheader_is_found() -> None:
    assert names("<p>Words.</p>", before="") == ["preheader"]


def test_a_preheader_that_is_padded_is_found() -> None:
    padded = f'<div style="display:none">what else{"&#847;&zwnj;&nbsp;" * 30}</div>'
    assert names("", before=padded) == ["preheader-padding"]


def test_more_html_than_gmail_shows_is_found() -> None:
    assert "html-size" in names(f"<p>{'x' * 100_000}</p>")
    assert "html-size" not in names(f"<p>{'x' * 99_000}</p>")


# The header


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("n" * 79, "subject-long"),
        ("新" * 40, "subject-long"),
        ("NEWS OF THE DAY", "subject-shouting"),
        ("Only today!!", "subject-shouting"),
        ("🎉🎉", "subject-wordless"),
        ("", "subject-wordless"),
    ],
)
def test_a_subject_that_puts_off_is_found(subject: str, name: str) -> None:
    html = document("").replace("News of the day", subject)
    assert [finding.name for finding in lint(message(html, subject=subject))] == [name]


@pytest.mark.parametrize(
    "subject", ["n" * 78, "UNESCO: 新闻", "NATO meets", "Well! Done!", "第3期"]
)
def test_a_quiet_subject_is_left_alone(subject: str) -> None:
    html = document("").replace("News of the day", subject)
    assert lint(message(html, subject=subject)) == []


@pytest.mark.parametrize(
    ("before", "after", "name"),
    [
        (b"Message-ID: <1@blog.example>\n", b"", "MISSING_MID"),
        (b"<1@blog.example>", b"1@blog.example", "INVALID_MSGID"),
        (b"Date: Mon, 23 Nov 2026 08:00:00 +0000\n", b"", "MISSING_DATE"),
        (b"23 Nov 2026", b"2026-11-23", "INVALID_DATE"),
        (b"List-Id: <x.blog.example>\n", b"", "LIST_PARTIAL"),
    ],
)
def test_a_broken_header_is_found(before: bytes, after: bytes, name: str) -> None:
    data = message()
    assert before in data
    assert [finding.name for finding in lint(data.replace(before, after))] == [name]


def test_a_subject_that_is_not_encoded_is_found() -> None:
    data = message().replace(b"Subject: News of the day", "Subject: Grüße".encode())
    assert "SUBJ_ILLEGAL_CHARS" in [finding.name for finding in lint(data)]


# The parts


def test_html_alone_is_found() -> None:
    made = EmailMessage()
    made.set_content(document("<p>Words.</p>"), subtype="html")
    assert "MIME_HTML_ONLY" in [finding.name for finding in lint(bytes(made))]


def test_parts_that_say_different_things_are_found() -> None:
    (found,) = lint(message(text="nothing of the sort"))
    assert found.name == "MPART_ALT_DIFF"
    many = "what else is in it News Words. " + " ".join(map(str, range(30)))
    (found,) = lint(message(text=many))
    assert found.name == "MPART_ALT_DIFF_COUNT"


def test_lines_and_codings_that_filters_mind_are_found() -> None:
    def sent(coding: str, body: str, charset: str = "; charset=utf-8") -> list[str]:
        head = message().partition(b"\n\n")[0].partition(b"Content-Type")[0]
        part = f"Content-Type: text/plain{charset}\nContent-Transfer-Encoding: {coding}\n\n{body}\n"
        return [finding.name for finding in lint(head + part.encode())]

    assert sent("quoted-printable", "x" * 79) == ["MIME_QP_LONG_LINE"]
    assert sent("quoted-printable", "x" * 76) == []
    assert sent("base64", "QUJD" * 20) == ["BASE64_LENGTH_79_INF"]
    assert sent("base64", "QUJD" * 19) == []
    assert sent("base64", "QUJD", charset="") == ["MIME_BASE64_TEXT"]


def test_words_cut_by_characters_without_width_are_found() -> None:
    cut = "vi\u200bag\u200bra " * 3
    assert "UNICODE_OBFU_ZW" in names(f"<p>{cut}</p>")
    assert names("<p>می\u200cخواهم 👩\u200d👩\u200d👧</p>") == []


# All of them


def test_errors_come_first_and_nothing_is_said_twice() -> None:
    body = '<p>a <a href="/x">here</a> b <a href="/x">here</a></p>'
    found = lint(message(document(body)))
    assert [finding.name for finding in found] == ["link-relative", "link-vague"]
    assert str(found[1]) == (
        "warning link-vague: the words don't say where it leads (“here”); say what is there"
    )


@pytest.mark.parametrize("html", ["", " ", "<!-->", "\0", "<?xml version='1.0' encoding='gbk'?>新"])
def test_html_that_is_next_to_nothing_is_read(html: str) -> None:
    lint(b"Content-Type: text/html; charset=utf-8\n\n" + html.encode())


@given(st.binary(max_size=300), st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_no_message_is_too_broken(octets: bytes, html: str) -> None:
    lint(octets)
    lint(b"Content-Type: text/html; charset=utf-8\n\n" + html.encode("utf-8", "replace"))
    lint(message(document("<p style='" + html.encode("utf-8", "replace").decode() + "'>x")))


@pytest.mark.slow
@pytest.mark.parametrize(
    "hostile",
    [
        "<p>" + "a\u200b" * 33_000,
        "<p>" + "\u200b" * 99_000,
        "<style>" + "(prefers-color-scheme: dark) {" * 3_000 + "</style><p>x",
        '<p style="' + "a:b;" * 25_000 + '">x',
        '<p style="font-size:' + "1" * 99_000 + '">x',
        "<a href='https://blog.example'>" * 3_000,
        "<div>" * 20_000 + "x",
        "<p>x" * 25_000,
        "<p>" + "<a href='https://blog.example'>x</a> " * 2_500,
        "<a href='https://blog.example' style='display:block'>" + "<i>x" * 20_000,
        '<a href="/' + "x" * 99_000 + '">www.' + "y" * 90_000 + "</a>",
        '<p style="color:rgb(' + " " * 99_000 + '">x',
    ],
)
def test_hostile_html_takes_no_longer_than_its_length(hostile: str) -> None:
    data = b"Content-Type: text/html; charset=utf-8\n\n" + hostile.encode()
    start = time.process_time()
    lint(data)
    assert time.process_time() - start < 2.5
