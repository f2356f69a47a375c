# ruff: noqa: INP001 - a script beside the documents, no package
"""Makes docs/digest.png, the README's picture: a digest of examples/site on a phone and a desk.

    python docs/pictures.py [--chromium PATH] [FILE]

The digest is the real one, read and composed as for sending; only its images come from the disk.
Chromium takes the picture, without a network.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from syndicate.digests.compose import compose
from syndicate.digests.model import Masthead
from syndicate.posts.sources import Sources
from syndicate.settings import Settings, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syndicate.posts.model import Post

HERE = Path(__file__).resolve().parent
SITE = HERE.parent / "examples" / "site"
#: The morning after the example's last post, at eight in its zone.
NOW = datetime(2026, 11, 23, 0, tzinfo=UTC)
CATEGORY = "hongguan"

#: CSS pixels. The phone is drawn within the page, for a window is never narrower than 500.
PHONE = (375, 900)
DESK = (712, 960)
SIZE = (1200, 1080)
#: Picture pixels per CSS pixel: sharp on most screens, small enough for a README.
SCALE = 1.5

PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; width: {width}px; height: {height}px; background: #d9d3c7; position: relative; }}
iframe {{ border: 0; display: block; }}
.desk, .phone {{ position: absolute; overflow: hidden; box-shadow: 0 18px 48px #4a40304d; }}
.desk {{ left: 56px; top: 60px; border-radius: 10px; background: #fff; }}
.bar {{ height: 36px; background: #ece7dd; }}
.bar i {{ float: left; width: 12px; height: 12px; margin: 12px 0 0 12px; border-radius: 6px;
  background: #cfc7b8; }}
.phone {{ right: 56px; top: 110px; border: 10px solid #2a2724; border-radius: 38px; }}
</style>
<div class="desk"><div class="bar"><i></i><i></i><i></i></div>
<iframe src="digest.html" scrolling="no" style="color-scheme:light" width="{desk[0]}"
 height="{desk[1]}"></iframe></div>
<div class="phone"><iframe src="digest.html" scrolling="no" style="color-scheme:dark"
 width="{phone[0]}" height="{phone[1]}"></iframe></div>
"""


def posts_of(settings: Settings, category: str) -> Iterator[Post]:
    """The site's posts in a category, in the order of their files."""
    sources = Sources(settings)
    for found in sources.scan():
        post = sources.read(found.source, now=NOW).post
        if post and category in post.categories:
            yield post


def digest(settings: Settings) -> str:
    """The category's newest posts as a mail shows them."""
    text = settings.category_text(CATEGORY)
    masthead = Masthead(
        site_title=settings.site.title,
        site_url=settings.site.url,
        category_title=text.title,
        description=text.description,
        number=3,
        date=NOW,
        zone=settings.site.zone,
        language=settings.site.language,
        web_url=f"{settings.web.url}/editions/3",
        postal_address=settings.mail.postal_address,
        cadence="daily",
    )
    newest = sorted(posts_of(settings, CATEGORY), key=lambda post: post.published, reverse=True)
    return compose(masthead, newest).html


def shoot(page: Path, picture: Path, chromium: str) -> None:
    """The page as a PNG.

    Raises:
        SystemExit: there is no chromium, or it made no picture.
    """
    command = [
        *(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"),
        *("--no-first-run", "--disable-background-networking", "--disable-component-update"),
        *("--disable-sync", "--hide-scrollbars", f"--user-data-dir={page.parent / 'profile'}"),
        f"--window-size={SIZE[0]},{SIZE[1]}",
        *(f"--force-device-scale-factor={SCALE}", f"--screenshot={picture}", page.as_uri()),
    ]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=120)  # noqa: S603 - ours
    except FileNotFoundError:
        sys.exit(f"no {chromium} here; install chromium or name it with --chromium PATH")
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        sys.exit(f"{chromium} made no picture: {error}")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Make the README's picture of a digest.")
    parser.add_argument("file", nargs="?", type=Path, default=HERE / "digest.png")
    parser.add_argument("--chromium", default="chromium")
    arguments = parser.parse_args()
    settings = load(SITE)
    html = digest(settings).replace(f"{settings.site.url}/assets/", f"{SITE.as_uri()}/assets/")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "page.html")
        page.with_name("digest.html").write_text(html, encoding="utf-8")
        frames = PAGE.format(width=SIZE[0], height=SIZE[1], desk=DESK, phone=PHONE)
        page.write_text(frames, encoding="utf-8")
        shoot(page, arguments.file.resolve(), arguments.chromium)
    print(arguments.file)  # noqa: T201 - what a script is for


if __name__ == "__main__":
    main()
