from __future__ import annotations

import os
import re
import socket
from typing import NoReturn

import jinja2
import lxml.html
import pytest

from syndicate.digests.inline import inline_element, inline_template
from syndicate.digests.templates import DIGEST, style_sheet
from syndicate.errors import TemplateError
from syndicate.resources import templates_folder

CSS = ".a { color: #111111; } p { margin: 0 !important; } td { width: 28px; }"


def test_expressions_and_statements_come_through_untouched() -> None:
    source = (
        '<table>{% for x in xs %}<tr class="{{ x.k }}"><td class="a">'
        '<a href="{{ x.url }}?a=1&amp;b={{ x["b"] | upper }}">{{ x.title }}</a></td></tr>'
        "{% endfor %}</table>{# a note #}"
    )
    inlined = inline_template(source, CSS)
    statements = re.compile(r"\{[{%#].*?[%#}]\}")
    assert statements.findall(inlined) == statements.findall(source)
    values = {"xs": [{"k": "k", "url": "https://x.example/", "b": "c", "title": "<&>"}]}
    html = jinja2.Environment(autoescape=True).from_string(inlined).render(values)
    assert 'href="https://x.example/?a=1&amp;b=C"' in html
    assert "&lt;&amp;&gt;" in html
    assert "color:#111" in html


def test_a_fragment_stays_one() -> None:
    assert inline_template("<p>{{ x }}</p>\n", CSS).strip() == (
        '<p style="margin:0 !important">{{ x }}</p>'
    )


def test_a_statement_within_a_tag_is_refused() -> None:
    with pytest.raises(TemplateError, match="if y"):
        inline_template("<p {% if y %}id=z{% endif %}>x</p>", CSS)


def test_an_element_keeps_its_own_style_and_its_width() -> None:
    cell = lxml.html.fragment_fromstring('<table><tr><td width="9" style="color:red">x')
    html = inline_element(cell, CSS)
    assert "color:red" in html
    assert 'width="9"' in html


BODY = """<div class="body"><p style="text-align:right">a<a href="x">b</a></p>
<div class="wide"><table><tr><th style="text-align:start">c</th><td>d</td></tr></table></div>
<p><code>e</code></p><img src="x" width="9"><!-- f -->
<ul><li>g<ul><li>h</li></ul></li></ul><bdi>i</bdi></div>"""


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_inlining_by_kind_gives_what_inlining_each_element_gives(direction: str) -> None:
    css = style_sheet("zh-CN", direction, "email/digest/prose.css")
    by_kind, each = (lxml.html.fragment_fromstring(BODY) for _ in range(2))
    # A rule that holds for no element, and makes the sheet one that can't be inlined by kind.
    slow = lxml.html.fragment_fromstring(inline_element(each, css + ".body p + nav { margin: 0; }"))
    fast = lxml.html.fragment_fromstring(inline_element(by_kind, css))
    assert [dict(one.attrib) for one in fast.iter("*")] == [
        dict(one.attrib) for one in slow.iter("*")
    ]


def test_a_rule_that_looks_at_neighbours_or_parents_holds_where_it_should() -> None:
    body = lxml.html.fragment_fromstring(
        '<div class="body"><ul><li><p>a</p></li></ul><p>b</p></div>'
    )
    html = inline_element(body, ".body li p { color: #111111; } .body p { color: #222222; }")
    assert re.findall(r"color:(#\d+)", html) == ["#111", "#222"]


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    page = (
        '<html><head><link rel="stylesheet" href="http://192.0.2.1/x.css"></head>'
        '<body><img src="http://192.0.2.1/x.png"><p>x</p></body></html>'
    )
    assert "margin:0" in inline_template(page, CSS)


def test_our_style_sheets_import_nothing() -> None:
    for name in ("style.css", "prose.css", "media.css"):
        css = (templates_folder() / DIGEST / name).read_text(encoding="utf-8")
        assert "@import" not in css
        assert "url(" not in css


def test_premailers_cache_is_large_enough() -> None:
    assert int(os.environ["PREMAILER_CACHE_MAXSIZE"]) >= 4096
