from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.posts.model import Reading

    Read = Callable[..., Reading]
    Put = Callable[..., Path]

HEAD = "---\ntitle: Boats\ndate: 2026-01-02\nmood: calm & *still*\n---\n"


@pytest.fixture
def html(read: Read) -> Callable[[str], str]:
    """What readers see of a body in which nothing is wrong."""

    def shown(body: str) -> str:
        reading = read(HEAD + body)
        assert reading.post, reading.problems
        assert reading.problems == ()
        return reading.post.html

    return shown


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (
            "{{< youtube abc >}}",
            '<p><a href="https://www.youtube.com/watch?v=abc">YouTube</a></p>',
        ),
        (
            '{{< youtube id="a&b" title="A *talk*" >}}',
            '<p><a href="https://www.youtube.com/watch?v=a%26b">A *talk*</a></p>',
        ),
        ("{{< vimeo 12 >}}", '<p><a href="https://vimeo.com/12">Vimeo</a></p>'),
        (
            "{{< instagram Ab-1 >}}",
            '<p><a href="https://www.instagram.com/p/Ab-1/">Instagram</a></p>',
        ),
        (
            '{{< x user="ann" id="12" >}}',
            '<p><a href="https://x.com/ann/status/12">@ann on X</a></p>',
        ),
        ("{{< tweet 12 >}}", '<p><a href="https://x.com/i/status/12">A post on X</a></p>'),
        (
            "{{< gist ann 12 a.py >}}",
            '<p><a href="https://gist.github.com/ann/12">Gist ann/12 a.py</a></p>',
        ),
        ('See {{< param "mood" >}}!', "<p>See calm &amp; *still*!</p>"),
        (
            "{{< details summary=`A *b*` >}}\n- c\n\n{{< youtube d >}}\n{{< /details >}}",
            (
                "<details><summary>A <em>b</em></summary><ul>\n<li>c</li>\n</ul>\n"
                '<p><a href="https://www.youtube.com/watch?v=d">YouTube</a></p>\n</details>'
            ),
        ),
        ("a {{< comment >}}hidden{{< /comment >}}b", "<p>a b</p>"),
        (
            '{{< qr text="https://a.example/" />}}',
            '<p><a href="https://a.example/">https://a.example/</a></p>',
        ),
        (
            '{{< highlight go >}}\nif a < "b" {}\n{{< /highlight >}}',
            '<pre><code class="language-go">if a &lt; "b" {}</code></pre>',
        ),
        (
            '{{< figure src="/a.png" alt="A \\"b\\"" >}}',
            '<figure><img src="https://news.example/a.png" alt="A &quot;b&quot;"></figure>',
        ),
    ],
)
def test_what_hugo_brings_along_is_shown(html: Callable[[str], str], body: str, shown: str) -> None:
    assert html(body) == shown


def test_a_shortcode_in_a_comment_shows_how_it_is_written(html: Callable[[str], str]) -> None:
    assert html("Write {{</* youtube x */>}} or `{{%/* /y */%}}`.") == (
        "<p>Write {{&lt; youtube x &gt;}} or <code>{{% /y %}}</code>.</p>"
    )


def test_of_a_shortcode_that_nobody_knows_what_is_inside_stays(read: Read) -> None:
    body = 'A\n\n{{< notice warning "x" >}}\nMind the *gap*.\n{{< /notice >}}\n\n{{% badge %}} end'
    reading = read(HEAD + body)
    assert reading.post
    assert reading.post.html == "<p>A</p>\n<p>Mind the <em>gap</em>.</p>\n<p>end</p>"
    first, second = map(str, reading.problems)
    at = "content/posts/boats.md"
    why = "nobody knows the shortcode"
    assert first == f"{at}:8: warning: {why} 'notice' here; what is inside stayed"
    assert second == f"{at}:12: warning: {why} 'badge' here; it was left out"


def test_each_shortcode_is_told_of_once(read: Read) -> None:
    assert len(read(HEAD + "{{< a >}} {{< a >}}").problems) == 1


@pytest.mark.parametrize(
    "body", ["a {{< b\nc", 'a {{< b "c >}}\nc', "a {{< b >}\nc", "a {{<>}}\nc"]
)
def test_a_shortcode_without_an_end_never_reaches_a_reader(read: Read, body: str) -> None:
    reading = read(HEAD + body)
    assert reading.post
    assert "{{" not in reading.post.html
    assert "c</p>" in reading.post.html
    assert reading.problems[0].line == 6


def test_a_template_in_the_text_itself_is_not_shown(read: Read) -> None:
    reading = read(HEAD + "a {{< now.inline >}}{{ now }}{{< /now.inline >}} b")
    assert reading.post
    assert reading.post.html == "<p>a  b</p>"


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("tide.md", "/posts/tide/"),
        ("tide", "/posts/tide/"),
        ("/notes/ebb.md#low", "/notes/x/#low"),
        ("notes/ebb", "/notes/x/"),
        ("../notes/ebb.md", "/notes/x/"),
        ("ebb", "/notes/x/"),
        ("harbour", "/posts/harbour/"),
        ("/notes", "/notes/"),
        ("#here", "/posts/boats/#here"),
    ],
)
def test_a_ref_leads_to_the_page_that_it_names(
    put: Put, html: Callable[[str], str], target: str, path: str
) -> None:
    page = "---\ntitle: a\ndate: 2026-01-02\n---\n"
    put("content/posts/tide.md", page)
    put("content/notes/ebb.md", page.replace("title: a", "slug: x"))
    put("content/posts/harbour/index.md", page)
    put("content/notes/_index.md", page)
    link = f'<p><a href="https://news.example{path}">x</a></p>'
    assert html(f'[x]({{{{< ref "{target}" >}}}})') == link
    assert html(f'[x]({{{{% relref "{target}" %}}}})') == link


def test_a_ref_to_nowhere_is_told_and_its_text_stays(read: Read) -> None:
    reading = read(HEAD + '[x]({{< ref "gone.md" >}}) [y]({{< ref "../../../etc/passwd" >}})')
    assert reading.post
    assert reading.post.html == "<p><a>x</a> <a>y</a></p>"
    assert "content/posts/boats.md:6: warning: ref: no page 'gone.md'" in str(reading.problems[0])


def test_a_text_that_looks_like_our_mark_stays(html: Callable[[str], str]) -> None:
    shown = html("Shortcode0Z {{< param mood >}} Shortcodex0Z")
    assert shown == "<p>Shortcode0Z calm &amp; *still* Shortcodex0Z</p>"
