from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.posts.jekyll.liquid_tokens import Kind, pieces, readable
from syndicate.posts.model import Severity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.posts.model import Reading

    Read = Callable[..., Reading]

MATTER = "---\ntitle: Boats\ncategories: news\ntags: [a, b]\ndate: 2026-01-02 03:04:05 +0800\n---\n"
TEMPLATES = st.lists(
    st.sampled_from(
        ["{{", "}}", "{%", "%}", "-", " raw ", " endraw ", " if x ", "a\n", " comment "]
    )
    | st.text(max_size=3),
    max_size=12,
).map("".join)


def html(reading: Reading) -> str:
    assert reading.post is not None
    assert reading.problems == ()
    return reading.post.html


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ page.title }} of {{ site.title }}", "Boats of Harbour News"),
        ("{{ page.categories | join: ',' }} {{ page.url }}", "news /news/2026/01/02/boats.html"),
        ("{{ site.url }} {{ site.nothing }}|", "https://news.example |"),
        ("{{ page.date | date: '%-d %B' }}", "2 January"),
        ("{{ page.date | date_to_xmlschema }}", "2026-01-02T03:04:05+08:00"),
        ("{{ page.date | date_to_rfc822 }}", "Fri, 02 Jan 2026 03:04:05 +0800"),
        ("{{ page.date | date_to_string }}", "02 Jan 2026"),
        ("{{ 'now' | date: '%F' }} {{ site.time | date: '%F' }}", "2026-01-02 2026-01-02"),
        ("{{ '/a' | relative_url }} {{ 'a' | absolute_url }}", "/a https://news.example/a"),
        ("{{ 'A b' | slugify }} {{ 'a b' | cgi_escape }}", "a-b a+b"),
        ("{{ '<a>' | xml_escape }} {{ page.tags | jsonify }}", '&lt;a&gt; ["a","b"]'),
        ("{{ page.tags | array_to_sentence_string }}", "a and b"),
        ("{{ page.date | date_to_string: 'ordinal', 'US' }}", "Jan 2nd, 2026"),
        ("{{ '1767322800' | date: '%F' }} {{ 'soon' | date: '%F' }}", "2026-01-02 soon"),
        ("{{ page.tags | where_exp: 't', 't != \"a\"' | first }}", "b"),
        ("{{ page.tags | group_by_exp: 't', 't | upcase' | map: 'name' | join }}", "A B"),
        ("{{ page.tags | push: 'c' | shift | unshift: 'z' | pop | join: '' }}", "zb"),
        ("{{ page.tags | sample }} {{ page.tags | find: 'x', 'y' }}|", "a |"),
        ("{{ page.nothing | where: 'a', 'b' | size }} {{ page.tags | inspect }}", '0 ["a", "b"]'),
        ("{{ '你好 a' | number_of_words: 'cjk' }} {{ '12x' | to_integer }}", "3 12"),
        (
            "{{ page.id }} {{ page.ext }} {{ page.collection }}",
            "/news/2026/01/02/boats .html posts",
        ),
        ("{{ 'x' | no_such_filter }}", "x"),
        ("{% raw %}{{ kept }}{% endraw %}", "{{ kept }}"),
        ("a{% comment %}{{ b }}{% comment %}{% endcomment %}{% endcomment %}c", "ac"),
        ("{% for i in (1..3) %}{{ i }}{% endfor %}", "123"),
        ("a {%- if true -%} b {%- endif -%} c", "abc"),
    ],
)
def test_jekylls_liquid_runs(read: Read, template: str, expected: str) -> None:
    assert html(read(MATTER + template, "_posts/2026-01-02-boats.html")) == expected


def test_highlighted_code_stays_as_it_is(read: Read) -> None:
    code = "{% highlight ruby linenos %}\na = *b*\n\n<b> _c_\n{% endhighlight %}\n\n*after*"
    assert html(read(MATTER + code)) == (
        '<pre><code class="language-ruby">a = *b*\n\n&lt;b&gt; _c_</code></pre>\n'
        "<p><em>after</em></p>"
    )


def test_a_link_to_a_post_is_where_that_post_says_it_is(read: Read) -> None:
    read("---\ntitle: x\npermalink: /other/\n---\n", "_posts/2026-01-01-other.md")
    linked = "[a]({%link _posts/2026-01-01-other.md %}) [b]({% post_url 2026-01-01-other %})"
    assert html(read(MATTER + linked)) == (
        '<p><a href="https://news.example/other/">a</a> '
        '<a href="https://news.example/other/">b</a></p>'
    )


def test_a_link_to_nothing_is_told_and_goes_where_it_would_be(read: Read) -> None:
    reading = read(MATTER + "\n[a]({% post_url 2026-01-01-gone %})")
    assert reading.post
    assert "https://news.example/2026/01/01/gone.html" in reading.post.html
    assert (reading.problems[0].line, reading.problems[0].severity) == (8, Severity.WARNING)


def test_an_include_gets_its_arguments(read: Read, tmp_path: Path) -> None:
    (tmp_path / "_includes").mkdir()
    (tmp_path / "_includes/note.html").write_text("[{{ include.a }} {{ include.b }}]")
    template = "{% include note.html a=\"x 'y'\" b=page.title %}"
    assert html(read(MATTER + template, "_posts/2026-01-02-a.html")) == "[x 'y' Boats]"


def test_a_file_beside_the_post_is_included(read: Read, tmp_path: Path) -> None:
    (tmp_path / "_posts/parts").mkdir(parents=True)
    (tmp_path / "_posts/parts/a.md").write_text("*{{ include.b }}* of {{ page.title }}")
    (tmp_path / "secret.md").write_text("SECRET")
    assert html(read(MATTER + "{% include_relative parts/a.md b='x' %}")) == (
        "<p><em>x</em> of Boats</p>"
    )
    reading = read(MATTER + "a{% include_relative ../secret.md %}")
    assert reading.post
    assert reading.post.html == "<p>a</p>"
    assert "include_relative" in reading.problems[0].reason


def test_tables_are_data_too(read: Read, tmp_path: Path) -> None:
    (tmp_path / "_data").mkdir()
    (tmp_path / "_data/fish.csv").write_text('name,price\n"hake, small",8\ncod,12.5\n')
    (tmp_path / "_data/tides.tsv").write_text("day\ttide\nMon\thigh\n")
    template = "{{ site.data.fish | sort: 'price' | map: 'name' | join: '/' }} "
    template += "{{ site.data.tides[0].tide }}"
    assert html(read(MATTER + template, "_posts/2026-01-02-a.html")) == "hake, small/cod high"


def test_data_is_read_when_it_is_asked_for(read: Read, tmp_path: Path) -> None:
    (tmp_path / "_data/deep").mkdir(parents=True)
    (tmp_path / "_data/boats.yml").write_text("- {name: Ann}\n- {name: Bo}\n")
    (tmp_path / "_data/deep/one.json").write_text('{"a": 1}')
    (tmp_path / "_data/broken.yml").write_text("[")
    template = "{{ site.data.boats | map: 'name' | join: '+' }} {{ site.data.deep.one.a }}"
    assert html(read(MATTER + template, "_posts/2026-01-02-a.html")) == "Ann+Bo 1"


@pytest.mark.parametrize("path", ["../secret.html", "/etc/hostname", "link.html", "gone.html"])
def test_nothing_outside_is_included(read: Read, tmp_path: Path, path: str) -> None:
    (tmp_path / "secret.html").write_text("SECRET")
    (tmp_path / "_includes").mkdir()
    (tmp_path / "_includes/link.html").symlink_to(tmp_path / "secret.html")
    reading = read(MATTER + f"a\n{{% include {path} %}}b")
    assert reading.post
    assert reading.post.html == "<p>a\nb</p>"
    assert (reading.problems[0].line, reading.problems[0].severity) == (8, Severity.ERROR)


@pytest.mark.parametrize(
    ("template", "line", "words"),
    [
        ("a\n{% if x %}\nb", 8, "{% if %} is never closed; add {% endif %}"),
        ("a\n\n{{ b", 9, "never closed"),
        ("a\n{% b", 8, "never closed"),
        ("a\n{% raw %} b", 8, "'raw' is never closed"),
        ("a\n{% for %}b{% endfor %}", 8, "missing expression"),
        ("a\n{{ 1 | divided_by: 0 }}b", 8, "divide by 0"),
        ("{% for i in (1..1000000) %}a{% endfor %}b", 7, "turns of loops"),
    ],
)
def test_a_broken_template_is_told_and_its_text_stays(
    read: Read, template: str, line: int, words: str
) -> None:
    reading = read(MATTER + template)
    assert reading.post
    (problem,) = reading.problems
    assert (problem.line, problem.severity) == (line, Severity.ERROR)
    assert words in problem.reason
    assert "a" in reading.post.html
    assert "{" not in reading.post.html


def test_a_plugins_tag_is_left_out_alone(read: Read) -> None:
    reading = read(MATTER + "a {% gallery x %}{{ page.title }}{% endgallery %}")
    assert reading.post
    assert reading.post.html == "<p>a Boats</p>"
    (problem,) = reading.problems
    assert "{% gallery %}" in problem.reason


@pytest.mark.parametrize(
    "template",
    [
        "{{" + " " * 100_000,
        "{%" * 50_000,
        "{% raw %}" * 10_000,
        "{% comment %}" * 7_000,
        "{% if x %}" * 10_000,
        '{{ "a" ' + '| replace: "a", "aaaaaaaaaa" ' * 100 + "}}",
        '{{ "a" ' + "| base64_encode " * 400 + "}}",
        '{% assign s = "aaaaaaaaaa" %}' + "{% assign s = s | append: s %}" * 60,
        "{% for i in (1..9999) %}{% for j in (1..9999) %}x{% endfor %}{% endfor %}",
    ],
)
def test_no_template_can_exhaust_the_machine(read: Read, template: str) -> None:
    start = time.process_time()
    assert read(MATTER + template).problems
    assert time.process_time() - start < 2


@given(TEMPLATES)
def test_what_is_readable_holds_no_template(source: str) -> None:
    found = list(pieces(source))
    raw = any(piece.kind is Kind.TAG and piece.inner == "raw" for piece in found)
    left = readable(source)
    assert len(left) <= len(source)
    if not raw:
        assert all("{{" not in piece.inner for piece in found if piece.kind is Kind.TEXT)
        assert all("{%" not in piece.inner for piece in found if piece.kind is Kind.TEXT)
    assert [piece.start for piece in found] == sorted(piece.start for piece in found)
