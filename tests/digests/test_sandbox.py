"""A template that anybody wrote ends, takes little room, and reaches what it is given alone."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import jinja2
import pytest

from syndicate.digests.overrides import Source, Templates
from syndicate.digests.templates import html_environment, render, text_environment
from syndicate.errors import TemplateError

if TYPE_CHECKING:
    from collections.abc import Callable

    from syndicate.posts.model import Post

DOUBLED = "{% set x = 'ab' %}" + "{% set x = x ~ x %}" * 60 + "{{ x }}"
BLOCKS = "{% set x = 'ab' %}" + "{% set x %}{{ x }}{{ x }}{% endset %}" * 60 + "{{ x }}"


def said(source: str, **values: object) -> str:
    templates = Templates(source, {"email/x.txt": Source("templates/email/x.txt", source)})
    return render(text_environment("en", templates), "email/x.txt", values)


@pytest.mark.parametrize(
    "source",
    [
        "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
        "{% for a in range(9999) %}{{ 'x' * 9999 }}{% endfor %}",
        "{% for a in range(9999) %}" + "x" * 9999 + "{% endfor %}",
        "{% set y %}{% for a in range(9999) %}" + "x" * 9999 + "{% endfor %}{% endset %}",
        "{{ range(10 ** 9) | list }}",
        "{{ 'x' * 10 ** 9 }}",
        "{{ 10 ** 9 * 'x' }}",
        "{{ [1] * 10 ** 9 }}",
        "{{ 9 ** 9 ** 9 ** 9 }}",
        "{% set n = 9 ** 60 %}" + "{% set n = n * n %}" * 60,
        "{{ '%1000000000d' % 1 }}",
        "{{ '%.1000000000f' % 1 }}",
        "{{ '%*d' % 1 }}",
        "{{ _('%(x)1000000000s', x=1) }}",
        "{{ _('%(x)s' * 9000, x='x' * 90000) }}",
        "{{ '{:>1000000000}'.format(1) }}",
        "{{ 'x'.ljust(10 ** 9) }}",
        "{{ 'x'.center(10 ** 9) }}",
        "{{ 'x'.replace('', 'y' * 9999).replace('', 'y' * 9999) }}",
        "{{ ('x' * 99999).join('x' * 99999) }}",
        "{{ ('x' * 99999) | join('x' * 99999) }}",
        "{{ 'x' | center(10 ** 9) }}",
        "{{ 'x' | indent(10 ** 9) }}",
        "{{ 'x' | batch(10 ** 9, 'x') | list }}",
        DOUBLED,
        BLOCKS,
        DOUBLED.replace("~", "+"),
        "{% set x = [1] %}" + "{% set x = x + x %}" * 60,
        "{% set x = [1] %}" + "{% set x = [x, x] %}" * 60 + "{{ x }}",
        "{% set n = namespace(x='ab') %}{% for a in range(99) %}{% set n.x = n.x*2 %}{% endfor %}",
        "{% macro m(n) %}{% if n %}{{ m(n - 1) ~ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
        "{% macro m(n) %}{{ m(n) }}{% endmacro %}{{ m(1) }}",
        "{% macro m() %}{{ varargs }}{% endmacro %}{{ m(1) }}",
        "{% block a %}{{ self.a() }}{% endblock %}",
        "{% for a in range(9999) recursive %}{{ loop(range(9999)) }}{% endfor %}",
        "{% include 'email/x.txt' %}",
        "{% set y %}" + "{% include 'email/digest/body.txt' %}" * 9,
        "{{ long | upper }}{{ long | upper }}{{ long | upper }}",
        "{{ lipsum(n=9999) }}",
        "{{ cycler('a').next() }}",
        "{{ when.strftime('%999999999d') }}",
        "{{ when.replace(year=1) }}",
        "{{ given.append(1) }}",
        "{{ given }}",
        "{{ given | string }}",
        "{{ self._TemplateReference__context }}",
        "{{ _.__globals__ }}",
        "{{ fonts.__class__.__mro__ }}",
        "{{ [1, 2] | map('upper') | list }}",
        "{{ 'x' | attr('upper') }}",
        "{{ [1] | random }}",
    ],
)
def test_what_would_not_end_or_reaches_out_is_one_line_and_soon(source: str) -> None:
    started = time.process_time()
    with pytest.raises(TemplateError, match=r"^templates/email/.*: .") as error:
        said(source, long="x" * 900_000, when=datetime(2026, 11, 22, tzinfo=UTC), given=[1])
    assert "\n" not in str(error.value)
    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    ("source", "result"),
    [
        (
            "{% for x in range(3) %}{{ loop.index }}{{ ', ' if not loop.last }}{% endfor %}",
            "1, 2, 3",
        ),
        ("{{ 'a' ~ 1 ~ 'b' }}{{ 'c' + 'd' }}{{ '-' * 3 }}{{ 7 % 4 }}{{ 2 ** 8 }}", "a1bcd---3256"),
        ("{{ '%d of %s' % 3 if false else '%02d' % 3 }}", "03"),
        ("{{ names | join(' & ') }} {{ names | length }} {{ names | first | upper }}", "a & b 2 A"),
        ("{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m('a') }}{{ m(names | last) }}", "<a><b>"),
        (
            "{% set n = namespace(x=0) %}{% for a in names %}{% set n.x=2 %}{% endfor %}{{ n.x }}",
            "2",
        ),
        ("{{ 'x' if 'a' in ['a', 'b'] else 'y' }}", "x"),
        ("{{ _('No. %(number)s', number=3) }} {{ 'Abc'.lower().startswith('a') }}", "No. 3 True"),
        ("{% for a, b in rows %}{{ a }}{{ b }}{% endfor %}", "1x2y"),
        ("{% filter upper %}abc{% endfilter %}", "ABC"),
    ],
)
def test_what_templates_are_for_goes_on(source: str, result: str) -> None:
    assert said(source, names=("a", "b"), rows=((1, "x"), (2, "y"))) == result


def test_a_post_gives_what_readers_see_and_runs_nothing(make_post: Callable[..., Post]) -> None:
    assert said("{{ post.title }} {{ post.published.year }}", post=make_post()) == "第1条新闻 2026"
    for source in ("{{ post.dumps() }}", "{{ post.with_history('x', 1) }}", "{{ post }}"):
        with pytest.raises(TemplateError):
            said(source, post=make_post())


def test_html_is_escaped_wherever_it_is_put_together() -> None:
    source = "<p>{{ x }}{{ x ~ '<b>' }}{{ [x] | join }}{{ xs | join('<i>') }}</p>"
    source = source.replace("{{ [x] | join }}", "")
    templates = Templates(source, {"email/x.html": Source("templates/email/x.html", source)})
    html = render(
        html_environment("en", templates), "email/x.html", {"x": "<s>", "xs": ["<u>"] * 2}
    )
    assert html == "<p>&lt;s&gt;&lt;s&gt;&lt;b&gt;&lt;u&gt;&lt;i&gt;&lt;u&gt;</p>"


def test_a_long_text_that_is_given_may_be_said() -> None:
    assert len(said("{{ body }}", body="x" * 5_000_000)) == 5_000_000


def test_no_filter_of_jinjas_is_there_that_nobody_has_judged() -> None:
    environment = text_environment("en")
    beside = {"isolated", "direction", "wrap", "underlined", "joined!", "each!"}
    assert set(environment.filters) - set(jinja2.Environment().filters) == beside  # noqa: S701 - its names
    for name in ("center", "format", "indent", "map", "pprint", "replace", "slice", "tojson"):
        assert name not in environment.filters
