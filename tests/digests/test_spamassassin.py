"""SpamAssassin, with its rules and no network, finds nothing in the example editions.

What it does find in a message that is made to displease it, lint finds too.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from syndicate.delivery.prepare import Postmaster
from syndicate.digests.letters import Kind
from syndicate.digests.lint.check import lint
from syndicate.digests.model import Edition
from syndicate.posts.sources import Sources
from syndicate.settings import Settings, load
from syndicate.settings.key import Key
from syndicate.subscribers.model import Recipient
from tests.digests.test_letters import LANGUAGES, bytes_of, letter
from tests.programs import require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syndicate.posts.model import Post

pytestmark = pytest.mark.slow

SITE = Path(__file__).resolve().parents[2] / "examples" / "site"
NOW = datetime(2026, 11, 23, tzinfo=UTC)
CATEGORIES = ["Career In Tech", "TechWeb", "Techweb", "hongguan", "touzi(gangmei)"]
#: Where Debian keeps the rules, and what loads the plug-ins that they need.
RULES, PLUGINS = Path("/usr/share/spamassassin"), Path("/etc/spamassassin")
#: What a mailing list is thanked for, which is no excuse.
THANKS = "MAILING_LIST_MULTI"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration of this test's own: the rules as they come, and a report to parse."""
    require("spamassassin")
    found = tmp_path_factory.mktemp("spamassassin")
    for plugin in PLUGINS.glob("*.pre"):
        (found / plugin.name).symlink_to(plugin)
    (found / "local.cf").write_text(
        "use_bayes 0\nclear_report_template\nreport result: _TESTSSCORES( )_\n"
    )
    (found / "user_prefs").touch()
    return found


def scores(folder: Path, message: bytes) -> dict[str, float]:
    """The rules that a message hits, with the score of each."""
    command = [
        *("spamassassin", "--local", "--test-mode", f"--configpath={RULES}"),
        *(f"--siteconfigpath={folder}", f"--prefspath={folder / 'user_prefs'}"),
    ]
    done = subprocess.run(
        command,
        input=message,
        capture_output=True,
        check=True,
        timeout=60,
        env={"HOME": str(folder), "PATH": os.environ["PATH"]},
    )
    # Of what it takes for spam it reports twice.
    line = next(line for line in done.stdout.splitlines() if line.startswith(b"result: "))
    pairs = (pair.split("=") for pair in line.decode().removeprefix("result: ").split())
    return {name: float(score) for name, score in pairs}


@pytest.fixture(scope="module")
def site() -> Settings:
    return load(SITE)


@pytest.fixture(scope="module")
def posts(site: Settings) -> list[Post]:
    sources = Sources(site)
    read = (sources.read(found.source, now=NOW).post for found in sources.scan())
    return sorted((post for post in read if post), key=lambda post: post.published, reverse=True)


def sent(site: Settings, category: str, posts: Sequence[Post]) -> bytes:
    """An edition as one reader gets it, unsigned."""
    postmaster = Postmaster(site, lambda _mailing: Key(b"key" * 11))
    edition = Edition(
        id=1, category=category, cadence="daily", number=3, slot="x", cut_at=NOW, posts=()
    )
    composed = postmaster.compose(edition, None, posts)
    template = postmaster.template(1, NOW, edition, None, composed)
    return postmaster.messages(1, template)(7, Recipient("lin.wan@mailbox.example"))


def require_welcome(folder: Path, message: bytes) -> None:
    found = scores(folder, message)
    assert "HTML_MESSAGE" in found, "the rules are not at work"
    assert sum(score for name, score in found.items() if name != THANKS) <= 1.0, found


@pytest.mark.parametrize("category", CATEGORIES)
def test_the_edition_of_every_category_is_welcome(
    folder: Path, site: Settings, posts: list[Post], category: str
) -> None:
    of_it = [post for post in posts if category in post.categories]
    require_welcome(folder, sent(site, category, of_it))


def test_so_are_one_post_a_dozen_and_more_than_a_mail_has_room_for(
    folder: Path, site: Settings, posts: list[Post]
) -> None:
    require_welcome(folder, sent(site, "hongguan", posts[:1]))
    require_welcome(folder, sent(site, "hongguan", posts))
    many = [
        replace(post, url=f"{post.url}?{n}", source=f"{n}/{post.source}", title=f"{post.title} {n}")
        for n in range(20)
        for post in posts
    ]
    require_welcome(folder, sent(site, "hongguan", many))


@pytest.mark.parametrize("language", LANGUAGES)
def test_so_is_every_letter(folder: Path, language: str) -> None:
    for kind in Kind:
        require_welcome(folder, bytes_of(letter(kind, language)))


def displeasing() -> list[bytes]:
    """Messages with one fault or some each."""
    html = (
        '<html><head><title>{title}</title></head><body style="background-color:#ffffff">{body}'
        "</body></html>"
    )
    picture = '<img src="https://blog.example/a.png" width="600" height="900">'
    words = '<p style="color:#fefefe">' + "Plain words of a letter. " * 30 + "</p>"
    different = EmailMessage()
    different["To"], different["Subject"] = "reader@mail.example", "News"
    different.set_content("something else entirely")
    body = html.format(title="News, " * 20, body=words + picture)
    different.add_alternative(body, subtype="html")
    alone = EmailMessage()
    alone["Message-ID"], alone["Date"], alone["Subject"] = "1", "yesterday", "News"
    alone.set_content(html.format(title="News", body=picture), subtype="html", cte="base64")
    coded = b"Subject: News\nMIME-Version: 1.0\nContent-Type: text/plain\n"
    return [
        bytes(different),
        bytes(alone),
        coded + b"Content-Transfer-Encoding: base64\n\n" + b"QUJD" * 30 + b"\n",
        coded + b"Content-Transfer-Encoding: quoted-printable\n\n" + b"x" * 90 + b"\n",
        "Subject: Grüße an alle\n\nText\n".encode("latin-1"),
    ]


#: Those that lint computes.
COMPUTED = {
    *("MIME_HTML_ONLY", "MPART_ALT_DIFF", "MPART_ALT_DIFF_COUNT", "MIME_QP_LONG_LINE"),
    *("MIME_BASE64_TEXT", "BASE64_LENGTH_79_INF", "MISSING_MID", "INVALID_MSGID", "MISSING_DATE"),
    *("INVALID_DATE", "SUBJ_ILLEGAL_CHARS", "TO_NO_BRKTS_HTML_IMG", "HTML_FONT_LOW_CONTRAST"),
    *("HTML_TITLE_SUBJ_DIFF", "HTML_IMAGE_ONLY_04", "HTML_IMAGE_ONLY_08", "HTML_IMAGE_ONLY_12"),
    *("HTML_IMAGE_RATIO_02", "HTML_IMAGE_RATIO_04"),
}


def test_what_it_minds_lint_minds(folder: Path) -> None:
    met = set()
    for message in displeasing():
        found = COMPUTED & scores(folder, message).keys()
        assert found <= {finding.name for finding in lint(message)}, message
        met |= found
    assert len(met) > len(COMPUTED) / 2, met
