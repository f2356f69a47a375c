"""What readers see of a page, and where it stands, is what Hugo itself makes of it."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import pytest

from syndicate.posts.html.shown import shown
from syndicate.posts.hugo.site import HugoSite
from syndicate.posts.text import plain_text
from syndicate.settings import load
from tests.programs import require

CORPUS = Path(__file__).parent / "site"
NOW = datetime(2027, 1, 1, tzinfo=UTC)
#: Boxes to tick, and the arrows back from a footnote, each as it writes them.
SIGNS = re.compile("[☐☑]|↩\N{VARIATION SELECTOR-15}?(?: ?\\d+)?")
#: Hugo's address of the site, without the host.
BASE = "https://harbour.example/blog"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The corpus as Hugo builds it; a page is its content alone."""
    require("hugo")
    folder = tmp_path_factory.mktemp("hugo")
    # Hugo leaves a lock and a cache in the site that it builds.
    shutil.copytree(CORPUS, folder / "site")
    command = ["hugo", "--quiet", "--source", str(folder / "site")]
    subprocess.run([*command, "--destination", str(folder / "built")], check=True)
    return folder / "built"


SITE = HugoSite(load(CORPUS))
SOURCES = [found.source for found in SITE.scan()]
HELD = {f"content/held/{name}.md" for name in ("draft", "expired", "future")}


def seen(html: str, url: str) -> str:
    return " ".join(SIGNS.sub("", plain_text(shown(html, url))).split())


@pytest.mark.parametrize("source", [source for source in SOURCES if source not in HELD])
def test_text_and_address_of_a_page_are_hugos(source: str, built: Path) -> None:
    reading = SITE.read(source, now=NOW)
    assert reading.problems == ()
    post = reading.post
    assert post is not None
    path = unquote(post.url.removeprefix(BASE)).lstrip("/")
    page = built / path / "index.html" if path.endswith("/") else built / path
    assert page.is_file(), sorted(p.relative_to(built) for p in built.rglob("*.html"))
    assert seen(post.html, post.url) == seen(page.read_text(encoding="utf-8"), post.url)


def test_hugo_holds_back_what_we_do(built: Path) -> None:
    for source in HELD:
        assert SITE.read(source, now=NOW).post is None
    assert not (built / "held" / "draft").exists()
    assert {path.name for path in (built / "held").glob("*/")} == set()


def test_no_page_of_the_corpus_got_lost() -> None:
    assert len(SOURCES) >= 16
