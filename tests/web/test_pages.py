"""Pages: their words in every catalogue, their colours for every eye."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import pytest
from jinja2.ext import extract_from_ast

import syndicate
from syndicate.chrome import chrome
from syndicate.resources import templates_folder
from syndicate.settings import load
from syndicate.web.pages import Pages

if TYPE_CHECKING:
    from collections.abc import Iterator

TEMPLATES = sorted(templates_folder().rglob("*.*"))
#: How the program says something in the reader's language.
SPEAKING = {"gettext", "ngettext", "say", "count"}


def words_of_templates() -> Iterator[str]:
    environment = jinja2.Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
    for path in TEMPLATES:
        tree = environment.parse(path.read_text(encoding="utf-8"))
        for _, _, said in extract_from_ast(tree):
            yield from (word for word in ([said] if isinstance(said, str) else said or ()) if word)


def texts(node: ast.AST) -> Iterator[str]:
    """The literal texts in some code."""
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def code() -> Iterator[ast.Module]:
    """All modules but the catalogue's own."""
    for path in Path(syndicate.__file__).parent.rglob("*.py"):
        if path.name != "chrome.py":
            yield ast.parse(path.read_text(encoding="utf-8"))


def words_of_code() -> Iterator[str]:
    """The literal texts in calls such as `words.say("No. %(number)s", …)`."""
    for node in (node for module in code() for node in ast.walk(module)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if node.func.attr in SPEAKING and ast.unparse(node.func.value).endswith("words"):
            for argument in node.args:
                yield from texts(argument)


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)s", text))


def test_there_are_words_in_mails_and_in_pages() -> None:
    words = set(words_of_templates())
    assert {"Unsubscribe", "Feeds", "In this edition"} <= words
    assert {"View the original", "Read on"} <= set(words_of_code())


@pytest.mark.parametrize("word", sorted({*words_of_templates(), *words_of_code()}))
def test_every_word_is_there_in_chinese_with_all_that_it_says(word: str) -> None:
    chinese = chrome("zh-CN").words
    assert word in chinese
    assert chinese[word] != word
    assert placeholders(chinese[word]) == placeholders(word)


def test_the_catalogue_holds_no_word_that_nobody_says() -> None:
    cadences = {"instant", "daily", "weekly", "monthly"}  # a person names them in the settings
    said = {
        *words_of_templates(),
        *cadences,
        *(text for module in code() for text in texts(module)),
    }
    assert set(chrome("zh-CN").words) <= said


@pytest.mark.parametrize("name", [p.stem for p in TEMPLATES if p.parent.name == "web"])
def test_every_page_is_there_in_chinese(name: str, tmp_path: Path) -> None:
    (tmp_path / "syndicate.toml").write_text('[site]\ntitle = "澜江"\nlanguage = "zh-CN"\n')
    values: dict[str, Any] = {
        "feeds": [],
        "formats": [],
        "outbox": True,
        "titles": ["科技"],
        "messages": [],
        "total": 0,
    }
    html = bytes(Pages(load(tmp_path)).page(name, **values).body).decode()
    text = re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL)
    foreign = re.sub(r"localhost:4000|syndicate", "", text)
    assert not re.search(r"[A-Za-z]{2,}", foreign), foreign


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
