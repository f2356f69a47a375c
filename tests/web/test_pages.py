"""Pages: their language throughout, their colours for every eye."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from jinja2 import Environment
from jinja2.meta import find_undeclared_variables

from syndicate.chrome import chrome
from syndicate.resources import templates_folder
from syndicate.settings import load
from syndicate.web.pages import Pages

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = templates_folder() / "web"
TEMPLATES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.html"))
#: An operator's page with a digest in it, which has tests of its own.
PREVIEW = "preview.html"
#: What pages show that are nobody's own.
VALUES: dict[str, Any] = {"messages": [], "total": 0}
#: What every page is given.
GIVEN = {"site", "language", "direction", "words", "fonts", "_", "gettext", "ngettext"}


def is_everybodys(name: str) -> bool:
    """Whether a page shows nothing of a person's: what does is tested with one."""
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    chrome("en").speak_in(environment)
    wanted = find_undeclared_variables(environment.parse((FOLDER / name).read_text("utf-8")))
    return name != PREVIEW and wanted <= GIVEN | set(VALUES)


PAGES = [path[:-5] for path in TEMPLATES if "/" not in path and is_everybodys(path)]


@pytest.mark.parametrize("language", ["zh-CN", "zh-TW", "ja", "ar"])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_all_in_its_language(name: str, language: str, tmp_path: Path) -> None:
    (tmp_path / "syndicate.toml").write_text(f'[site]\ntitle = "澜江"\nlanguage = "{language}"\n')
    html = bytes(Pages(load(tmp_path)).page(name, **VALUES).body).decode()
    text = re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL)
    foreign = re.sub(r"localhost:4000|syndicate", "", text)
    assert not re.search(r"[A-Za-z]{2,}", foreign), foreign
    assert f"17px/1.65 {chrome(language).fonts.sans};" in html


def test_a_page_speaks_the_language_that_it_is_asked_for_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "syndicate.toml").write_text('[site]\ntitle = "澜江"\nlanguage = "zh-CN"\n')
    pages = Pages(load(tmp_path))
    for language, lang, words in (
        ("ar", "ar", "[\u0600-\u06ff]"),
        ("", "zh-CN", "[\u4e00-\u9fff]{4}"),
        ("de", "de", "Seite nicht gefunden"),
    ):
        html = pages.render("not-found", language=language)
        assert f'lang="{lang}"' in html
        assert re.search(words, html)


@pytest.mark.parametrize("name", [path for path in TEMPLATES if path != PREVIEW])
def test_no_template_says_anything_but_what_is_translated(name: str) -> None:
    source = (FOLDER / name).read_text("utf-8")
    source = re.sub(
        r"<(style|script).*?</\1>|{#.*?#}|{%.*?%}|{{.*?}}", " ", source, flags=re.DOTALL
    )
    said = re.findall(r'(?:alt|title|placeholder|aria-label)="([^"]*)"', source)
    # What is left of a tag, of its attributes, or a unit.
    said.append(re.sub(r'<[^>]*>|[a-z-]+="[^"]*"|&nbsp;(?:kB)?', " ", source))
    assert not re.search(r"[A-Za-z]{2,}", " ".join(said)), said


# Colours


def palette(scheme: str) -> dict[str, str]:
    """The colours that the style sheet gives to `light` or `dark`."""
    css = (templates_folder() / "web" / "base.html").read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{([^}]*)\}", css)
    found = dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6})", light))
    return found | dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6})", dark if scheme == "dark" else ""))


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    digits = colour.removeprefix("#")
    pairs = [d * 2 for d in digits] if len(digits) == 3 else re.findall("..", digits)
    parts = [int(pair, 16) / 255 for pair in pairs]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["ink", "soft", "link"])
def test_text_stands_out_from_the_page(scheme: str, name: str) -> None:
    colours = palette(scheme)
    low, high = sorted(luminance(colours[which]) for which in (name, "paper"))
    assert (high + 0.05) / (low + 0.05) >= 4.5
