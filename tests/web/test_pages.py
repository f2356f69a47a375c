"""Pages: their language throughout, their colours for every eye."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from syndicate.chrome import chrome
from syndicate.resources import templates_folder
from syndicate.settings import load
from syndicate.web.pages import Pages

if TYPE_CHECKING:
    from pathlib import Path

#: An operator's page with a digest in it, which has tests of its own.
PREVIEW = "preview"
PAGES = sorted(
    path.stem for path in (templates_folder() / "web").glob("*.html") if path.stem != PREVIEW
)


@pytest.mark.parametrize("language", ["zh-CN", "zh-TW", "ja", "ar"])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_all_in_its_language(name: str, language: str, tmp_path: Path) -> None:
    (tmp_path / "syndicate.toml").write_text(f'[site]\ntitle = "澜江"\nlanguage = "{language}"\n')
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
    assert f"17px/1.65 {chrome(language).fonts.sans};" in html


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
