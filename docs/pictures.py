# ruff: noqa: INP001 - a script beside the documents, no package
"""Pictures of digests as readers see them, taken by chromium without a network.

    python -m docs.pictures                     docs/digest.png and docs/digest-en.png, the README's
    python -m docs.pictures --all DIR           every example: languages, lengths, lights, widths

The README's Chinese digest is the real one of examples/site, read and composed as for sending; the
others are of invented posts. Only their images come from the disk.
"""

from __future__ import annotations

import argparse
import itertools
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from docs.invented import LANGUAGES, PICTURES, corrected, masthead, posts
from syndicate.digests.compose import compose
from syndicate.digests.model import Masthead
from syndicate.posts.sources import Sources
from syndicate.settings import Settings, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syndicate.posts.model import Post

HERE = Path(__file__).resolve().parent
SITE = HERE.parent / "examples" / "site"
ASSETS = (SITE / "assets").as_uri()
#: The morning after the example's last post, at eight in its zone.
NOW = datetime(2026, 11, 23, 0, tzinfo=UTC)
CATEGORY = "hongguan"

#: CSS pixels. The phone is drawn within the page, for a window is never narrower than 500.
PHONE = (375, 900)
DESK = (712, 960)
SIZE = (1200, 1080)
#: Picture pixels per CSS pixel: sharp on most screens, small enough for a README.
SCALE = 1.15

#: CSS pixels. Chromium makes no window that is narrower.
NARROWEST = 500
#: What `--all` goes through. A window is as high as the longest edition it shows of.
LENGTHS = {1: 2900, 5: 6600, 30: 9000}
WIDTHS = (375, 800)
LIGHTS = ("light", "dark")

#: One digest in a frame: the width of a phone, and no images where none are wanted.
FRAME = """<!doctype html><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<style>body {{ margin: 0 }} iframe {{ border: 0; display: block; color-scheme: {light} }}</style>
<iframe src="digest.html" width="{width}" height="{height}" scrolling="no"></iframe>
"""
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


def invented(language: str, many: int) -> str:
    """So many invented posts as a mail shows them."""
    words = LANGUAGES[language]
    corrections = [corrected(words)] if many > 1 else []
    html = compose(masthead(words), posts(words, many), corrections).html
    return html.replace(f'src="{PICTURES}/', f'src="{ASSETS}/')


def shoot(page: Path, picture: Path, chromium: str, size: tuple[int, int], scale: float) -> None:
    """The page as a PNG.

    Raises:
        SystemExit: there is no chromium, or it made no picture.
    """
    command = [
        *(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"),
        *("--no-first-run", "--disable-background-networking", "--disable-component-update"),
        *("--disable-sync", "--hide-scrollbars", f"--user-data-dir={page.parent / 'profile'}"),
        f"--window-size={size[0]},{size[1]}",
        *(f"--force-device-scale-factor={scale}", f"--screenshot={picture}", page.as_uri()),
    ]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=120)  # noqa: S603 - ours
    except FileNotFoundError:
        sys.exit(f"no {chromium} here; install chromium or name it with --chromium PATH")
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        sys.exit(f"{chromium} made no picture: {error}")


def for_readme(html: str, picture: Path, chromium: str) -> None:
    """A digest on a desk, and on a phone in the dark."""
    page = PAGE.format(width=SIZE[0], height=SIZE[1], desk=DESK, phone=PHONE)
    _shoot(html, page, picture, chromium, SIZE, SCALE)


def every_example(folder: Path, chromium: str) -> Iterator[Path]:
    """Each example in each length, light and width; and without images where it has most."""
    folder.mkdir(parents=True, exist_ok=True)
    for language, many in itertools.product(LANGUAGES, LENGTHS):
        html = invented(language, many)
        looks = [*itertools.product(LIGHTS, WIDTHS, (True,)), ("light", WIDTHS[0], False)]
        for light, width, images in looks:
            picture = folder / f"{language}-{many}-{light}-{width}{'' if images else '-bare'}.png"
            policy = "img-src file:" if images else "img-src 'none'"
            size = max(width, NARROWEST), LENGTHS[many]
            frame = FRAME.format(policy=policy, light=light, width=width, height=size[1])
            shown = html if images else html.replace(f'src="{ASSETS}', 'src="missing:')
            _shoot(shown, frame, picture, chromium, size, 1)
            yield picture


def _shoot(
    html: str, page: str, picture: Path, chromium: str, size: tuple[int, int], scale: float
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        outer = Path(folder, "page.html")
        outer.with_name("digest.html").write_text(html, encoding="utf-8")
        outer.write_text(page, encoding="utf-8")
        shoot(outer, picture.resolve(), chromium, size, scale)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Take pictures of digests.")
    parser.add_argument("--all", type=Path, metavar="DIR", help="every example, into this folder")
    parser.add_argument("--chromium", default="chromium")
    arguments = parser.parse_args()
    if arguments.all:
        for picture in every_example(arguments.all, arguments.chromium):
            print(picture)  # noqa: T201 - what a script is for
        return
    settings = load(SITE)
    html = digest(settings).replace(f"{settings.site.url}/assets/", f"{ASSETS}/")
    for_readme(html, HERE / "digest.png", arguments.chromium)
    for_readme(invented("en", 5), HERE / "digest-en.png", arguments.chromium)


if __name__ == "__main__":
    main()
