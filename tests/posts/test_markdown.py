from __future__ import annotations

import pytest

from syndicate.posts.jekyll.markdown import Markdown

MARKDOWN = Markdown()


def html(text: str, language: str = "en") -> str:
    return MARKDOWN.render(text, language).strip()


def test_emphasis_stands_beside_full_width_punctuation() -> None:
    assert html("**央行：**下调", "zh-CN") == "<p><strong>央行：</strong>下调</p>"


def test_quotes_are_curled_where_spaces_tell_their_side() -> None:
    assert html('say "yes" -- now') == "<p>say “yes” – now</p>"
    assert html('他说"好"了', "zh-CN") == "<p>他说&quot;好&quot;了</p>"
    assert html('他说 "好" 了', "zh-CN") == "<p>他说 “好” 了</p>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# A\n{: .big #a}", "<h1>A</h1>"),
        ("* toc\n{:toc}\n\nb", "<p>b</p>"),
        ("[a](b){:target='_blank' rel=\"x\"}c", '<p><a href="b">a</a>c</p>'),
        ('![a](b){: style="a: b" width="9"}c', '<p><img src="b" alt="a" width="9" />c</p>'),
        ("`a`{:.language-ruby}", "<p><code>a</code></p>"),
        ("`{:a=>1}`", "<p><code>{:a=&gt;1}</code></p>"),
        ("{::options x='y' /}\na", "<p>a</p>"),
        ('<div markdown="1">\n*a*\n</div>', "<div>\n<p><em>a</em></p>\n</div>"),
    ],
)
def test_kramdowns_attribute_lists_are_not_shown(text: str, expected: str) -> None:
    assert html(text) == expected


def test_code_keeps_what_looks_like_an_attribute_list() -> None:
    text = "~~~ ruby\n{: .x}\n~~~\n{: .y}\n"
    assert html(text) == '<pre><code class="language-ruby">{: .x}\n</code></pre>'


def test_tables_footnotes_and_definitions_are_known() -> None:
    assert "<td>1</td>" in html("| a |\n|---|\n| 1 |")
    assert 'href="#fn:1"' in html("a[^1]\n\n[^1]: b")
    assert "<dd>b</dd>" in html("a\n: b")


def test_only_bracketed_addresses_become_links() -> None:
    assert html("<http://a.example>") == '<p><a href="http://a.example">http://a.example</a></p>'
    assert html("http://a.example") == "<p>http://a.example</p>"
