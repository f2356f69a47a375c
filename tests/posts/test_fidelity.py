"""What readers see of a post is what Jekyll itself makes of it."""

from __future__ import annotations

import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from syndicate.posts.html import tree
from syndicate.posts.html.links import absolutise
from syndicate.posts.html.sanitise import Sink, sanitise
from syndicate.posts.html.tidy import tidy
from syndicate.posts.jekyll.config import read_config
from syndicate.posts.jekyll.read import Reader
from syndicate.posts.text import plain_text
from syndicate.settings import load
from tests.programs import require

CORPUS = Path(__file__).parent / "fidelity"
SOURCES = sorted(path.name for path in (CORPUS / "_posts").glob("*.*"))
NOW = datetime(2027, 1, 1, tzinfo=UTC)
#: Boxes to tick, which no feed reader and no mail has, and the arrows back from a footnote.
OUR_SIGNS = re.compile("[☐☑]|↩(?:\N{VARIATION SELECTOR-15})?(?: ?\\d+)?")
CURLED = str.maketrans("“”‘’", "\"\"''")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The corpus as Jekyll builds it; its posts have no layout."""
    require("jekyll")
    output = tmp_path_factory.mktemp("built")
    command = ["jekyll", "build", "--quiet", "--disable-disk-cache"]
    command += ["--source", str(CORPUS), "--destination", str(output)]
    subprocess.run(command, check=True, env={**os.environ, "LC_ALL": "C.UTF-8"})
    return output


def seen(html: str, url: str) -> str:
    """The visible text, without contents to jump to and the numbers of lines of code."""
    body = tree.parse(html)
    for element in list(body.iter()):
        if element.get("id") == "markdown-toc" or "gutter" in element.get("class", ""):
            tree.drop(element)
    absolutise(body, url)
    tidy(body)
    text = plain_text(sanitise(tree.serialise(body), Sink.FEED))
    return " ".join(OUR_SIGNS.sub("", text).split())


@pytest.mark.parametrize("source", SOURCES)
def test_the_visible_text_of_a_post_is_jekylls(source: str, built: Path) -> None:
    config, problems = read_config(CORPUS)
    reading = Reader(load(CORPUS), config).read(f"_posts/{source}", now=NOW)
    assert problems == reading.problems == ()
    post = reading.post
    assert post is not None
    path = unquote(urlsplit(post.url).path).removeprefix(config.baseurl)
    theirs = (built / path.lstrip("/")).read_text(encoding="utf-8")
    expected, found = seen(theirs, post.url), seen(post.html, post.url)
    if post.language == "zh-CN":
        # kramdown takes the side of a quotation mark from the space beside it. Chinese has none,
        # so that `他说"好"` would get two closing marks; we leave it as it is written.
        expected, found = expected.translate(CURLED), found.translate(CURLED)
    assert found == expected


def test_no_file_of_the_corpus_got_lost() -> None:
    """Every feature has its post: a file that got lost would be missed by nobody else."""
    assert len(SOURCES) >= 25
