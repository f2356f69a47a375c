from __future__ import annotations

import json
from typing import TYPE_CHECKING

from syndicate.resources import templates_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

OURS = templates_folder() / "email" / "digest"


def test_ours_are_copied_to_begin_from_and_nothing_is_overwritten(
    syndicate: Callable[..., Result], site: Path
) -> None:
    own = site / "templates" / "email" / "digest"
    assert syndicate("templates", "eject", "digest", "style.css", "--site", site).exit_code == 0
    (own / "style.css").write_text("mine")
    done = syndicate("templates", "eject", "digest", "--site", site)
    assert "style.css is there already" in done.output
    assert {path.name for path in own.iterdir()} == {path.name for path in OURS.iterdir()}
    assert (own / "style.css").read_text() == "mine"
    assert (own / "body.html").read_bytes() == (OURS / "body.html").read_bytes()


def test_a_script_is_told_what_was_written_and_what_was_kept(
    syndicate: Callable[..., Result], site: Path
) -> None:
    own = site / "templates" / "email" / "digest"
    for names, written, kept in (
        (["style.css"], ["style.css"], []),
        (["style.css", "post.html"], ["post.html"], ["style.css"]),
        (["post.html", "nope.html"], None, None),
    ):
        done = syndicate("templates", "eject", "digest", *names, "--json", "--site", site)
        if written is None:
            assert (done.exit_code, done.stdout) == (1, "")
        else:
            paths = [[str(own / name) for name in each] for each in (written, kept or [])]
            assert json.loads(done.stdout) == {"written": paths[0], "kept": paths[1]}


def test_a_category_gets_a_folder_of_its_own(syndicate: Callable[..., Result], site: Path) -> None:
    argv = ("templates", "eject", "digest", "post.html", "--category", "tech", "--site", site)
    assert syndicate(*argv).exit_code == 0
    assert (site / "templates/email/digest/tech/post.html").is_file()
    assert syndicate(*argv, "--template", "weekly").exit_code == 0
    assert (site / "templates/weekly/digest/tech/post.html").is_file()


def test_a_name_that_is_not_there_is_told_with_those_that_are(
    syndicate: Callable[..., Result], site: Path
) -> None:
    for words in (("nope",), ("",), ("digest", "nope.html")):
        done = syndicate("templates", "eject", *words, "--site", site)
        assert done.exit_code == 1
        assert "there are: " in done.output
        assert not (site / "templates").exists()


def test_a_broken_template_keeps_no_other_digest_from_being_planned(
    syndicate: Callable[..., Result], site: Path, write_post: Callable[..., Path]
) -> None:
    write_post("one", "tech")
    write_post("two", "news")
    syndicate("sync", "--site", site)
    write_post("three", "tech")
    write_post("four", "news")
    syndicate("sync", "--site", site)
    folder = site / "templates" / "email" / "digest" / "tech"
    folder.mkdir(parents=True)
    (folder / "post.html").write_text("<p>\n{{ nope }}</p>")
    done = syndicate("digest", "plan", "--site", site)
    assert "templates/email/digest/tech/post.html:2: 'nope' is undefined" in done.output
    assert "news" in done.stdout
    done = syndicate("digest", "preview", "tech", "--no-serve", "--site", site)
    assert done.exit_code == 1
    assert "templates/email/digest/tech/post.html:2: 'nope' is undefined" in done.output
