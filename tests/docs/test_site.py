"""The documentation site: whole, without dead links, and without a request to another host."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest
import yaml
from pydantic import BaseModel

from docs.reference import commands, settings, sources
from syndicate.settings import load

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
#: What a browser fetches by itself, from an address with a host.
_FETCHED = re.compile(r"<(?:script|img|iframe|source)[^>]*\ssrc=\"?(?:https?:)?//[^>]*>")
_STYLED = re.compile(r"<link[^>]*rel=\"?(?:stylesheet|preconnect|icon)[^>]*>")
_TOML = re.compile(r"^```toml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def in_nav(entry: object) -> list[str]:
    """The pages that a part of the navigation names."""
    if isinstance(entry, str):
        return [entry]
    inner = entry.values() if isinstance(entry, dict) else entry
    assert not isinstance(inner, (str, bytes))
    return [page for part in list(inner) for page in in_nav(part)]  # type: ignore[call-overload]


def test_every_document_is_in_the_navigation() -> None:
    config = yaml.safe_load((ROOT / "mkdocs.yml").read_text())
    named = in_nav(config["nav"])
    there = {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")}
    assert there - set(named) == set()
    assert len(named) == len(set(named))


def test_every_setting_has_a_meaning_a_type_and_a_default() -> None:
    page = settings.page()
    for name in ("mail.from", "relays.domains.match", "feeds.podcast.title", "secret"):
        assert f'<a id="{name}"></a>' in page
    assert page.count("\n| <a id=") == sum(
        len(list(settings.entries(s))) for s in settings.sections()
    )
    assert "STANDARDS" not in page


def test_a_setting_without_a_meaning_is_refused() -> None:
    class Silent(BaseModel):
        """A section."""

        quiet: int = 1

    silent = settings.Section("silent", Silent, is_list=False, text="A section.")
    with pytest.raises(settings.UndocumentedError, match="quiet"):
        settings.shown(silent)


def test_every_command_and_option_has_a_text() -> None:
    page = commands.page()
    for path in ("syndicate", "syndicate sync", "syndicate subscribers import"):
        assert f"{{ #{path.replace(' ', '-')} }}" in page


def test_an_option_without_a_text_is_refused() -> None:
    command = click.Command("quiet", help="Says it.", params=[click.Option(["--loud"])])
    with pytest.raises(commands.UndocumentedError, match="--loud"):
        commands.shown(click.Context(command, info_name="quiet"))


def test_a_command_without_a_text_is_refused() -> None:
    with pytest.raises(commands.UndocumentedError, match="quiet"):
        commands.shown(click.Context(click.Command("quiet"), info_name="quiet"))


@pytest.mark.parametrize("document", sorted(DOCS.glob("*.md")), ids=lambda path: path.stem)
def test_settings_that_a_document_shows_are_settings(document: Path, tmp_path: Path) -> None:
    for number, text in enumerate(_TOML.findall(document.read_text())):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "syndicate.toml").write_text(text)
        said = tomllib.loads(text)
        if "timetables" in said:
            # Not settings, but the file that `syndicate schedule export` writes.
            continue
        # What another block of the same document has: the sender's domain, relays by name.
        _, _, domain = said.get("bounces", {}).get("address", "").partition("@")
        relays = {one["relay"] for one in said.get("cadences", []) if "relay" in one}
        more: dict[str, object] = {"mail": {"from": f"news@{domain}"}} if domain else {}
        if relays and "relays" not in said:
            more["relays"] = [{"name": name, "url": "outbox"} for name in relays]
        load(folder, more)


def test_a_link_out_of_the_documents_leads_to_a_page_of_the_site() -> None:
    assert list(sources.linked("nginx.md", "[it](../deploy/nginx.conf)")) == ["deploy/nginx.conf"]
    found = sources.relinked("decisions/x.md", "[it](../../worker.py) [that](../api.md)")
    assert found == "[it](../source/worker.py.md) [that](../api.md)"
    assert sources.relinked("api.md", "[none](../no-such)") == "[none](../no-such)"


@pytest.mark.slow
def test_the_site_is_built_without_a_warning_and_asks_no_other_host(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", tmp_path],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    pages = list(tmp_path.rglob("index.html"))
    assert len(pages) > len(list(DOCS.rglob("*.md")))
    for page in pages:
        text = page.read_text()
        assert not _FETCHED.findall(text), page
        assert not [tag for tag in _STYLED.findall(text) if "//" in tag], page
        assert "fonts.g" not in text, page
    assert "deploy" in (tmp_path / "source" / "deploy" / "nginx.conf" / "index.html").read_text()
