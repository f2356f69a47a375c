"""`syndicate feeds`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import told

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result


@pytest.fixture
def rss(site: Path) -> Path:
    return site / "public" / "categories" / "tech" / "rss.xml"


def test_all_that_was_published_is_good(synced: Callable[..., Result]) -> None:
    result = synced("feeds", "check", "--strict")
    assert result.stdout == "9 documents, 0 errors, 0 warnings, 0 hints\n"
    assert result.exit_code == 0


def test_archives_are_checked_too(
    site: Path, synced: Callable[..., Result], write: Callable[..., Path]
) -> None:
    settings = site / "syndicate.toml"
    settings.write_text(settings.read_text() + "\n[feeds]\nsize = 2\n")
    for number in range(4):
        write(f"more-{number}", "tech")
    synced("sync")
    result = synced("feeds", "check", "--strict")
    documents = len([*site.rglob("archive/*/rss.xml"), *site.rglob("archive/*/feed.json")])
    assert documents >= 4
    assert int(result.stdout.split()[0]) == 9 + documents // 2 * 3
    assert result.exit_code == 0


def test_an_error_is_a_line_with_place_name_and_remedy(
    synced: Callable[..., Result], rss: Path
) -> None:
    rss.write_text(rss.read_text().replace("<ttl>5</ttl>", "<ttl>no</ttl>"))
    line = next(n for n, text in enumerate(rss.read_text().splitlines(), 1) if "ttl" in text)
    result = synced("feeds", "check")
    shown, summary = result.stdout.splitlines()
    finding = "InvalidPositiveInteger: rss/channel/ttl: 'no' is no whole number from 1"
    assert shown == f"{rss}:{line}: error: {finding}"
    assert summary == "9 documents, 1 errors, 0 warnings, 0 hints"
    assert result.exit_code == 1


def test_a_line_number_is_no_emoji(synced: Callable[..., Result], rss: Path) -> None:
    before, _, after = rss.read_text().partition("<ttl>5")
    rss.write_text(before + "\n" * (99 - before.count("\n")) + "<ttl>no" + after)
    assert f"{rss}:100: error: " in synced("feeds", "check", rss).stdout


def test_a_warning_fails_where_one_is_strict(synced: Callable[..., Result], rss: Path) -> None:
    rss.write_text(rss.read_text().replace('rel="self"', 'rel="via"'))
    assert "warning: MissingAtomSelfLink" in synced("feeds", "check").stdout
    assert synced("feeds", "check").exit_code == 0
    assert synced("feeds", "check", "--strict").exit_code == 1


def test_a_document_that_stands_elsewhere_than_it_says_is_found(
    synced: Callable[..., Result], rss: Path
) -> None:
    other = rss.parent.parent / "other" / "rss.xml"
    other.parent.mkdir()
    other.write_bytes(rss.read_bytes())
    assert "SelfDoesntMatchLocation" in synced("feeds", "check", other).stdout
    assert "SelfDoesntMatchLocation" not in synced("feeds", "check", rss).stdout


def test_formats_that_disagree_are_told_of_their_folder(
    synced: Callable[..., Result], rss: Path
) -> None:
    document = rss.with_name("feed.json")
    feed = json.loads(document.read_text())
    feed["items"].reverse()
    document.write_text(json.dumps(feed))
    result = synced("feeds", "check", rss.parent)
    assert f"{rss.parent}: error: OrderDisagrees: feed.json/items[1]: " in result.stdout
    assert result.exit_code == 1


def test_files_of_any_name_are_taken_for_what_they_are(
    synced: Callable[..., Result], rss: Path, tmp_path: Path
) -> None:
    for name in ("rss.xml", "atom.xml", "feed.json"):
        (tmp_path / f"mine-{name}").write_bytes((rss.parent / name).read_bytes())
    files = sorted(tmp_path.glob("mine-*"))
    assert synced("feeds", "check", *files).stdout == "3 documents, 0 errors, 0 warnings, 0 hints\n"


def test_a_file_that_cant_be_read_is_a_finding_and_stops_no_other(
    synced: Callable[..., Result], rss: Path, tmp_path: Path
) -> None:
    missing = tmp_path / "missing.xml"
    binary = tmp_path / "binary.xml"
    binary.write_bytes(b"\x00\xff")
    result = synced("feeds", "check", missing, binary, rss)
    assert f"{missing}: error: IOError: document: can't be read: No such file" in result.stdout
    assert f"{binary}:1: error: UnicodeError: document: " in result.stdout
    assert result.stdout.endswith("3 documents, 2 errors, 0 warnings, 1 hints\n")
    assert result.exit_code == 1


def test_findings_are_told_as_json_too(synced: Callable[..., Result], rss: Path) -> None:
    assert json.loads(synced("feeds", "check", "--json").stdout) == []
    rss.write_text("<rss")
    rows = json.loads(synced("feeds", "check", "--json", rss).stdout)
    assert [row["message"] for row in rows] == ["MissingEncoding", "SAXError"]
    assert set(rows[1]) == {"path", "line", "severity", "message", "element", "sentence"}
    assert rows[1] | {"path": str(rss), "severity": "error", "line": 1} == rows[1]


def test_without_feeds_one_is_told_what_writes_them(
    site: Path, syndicate: Callable[..., Result]
) -> None:
    result = syndicate("feeds", "check", "--site", site)
    assert told(result) == f"no feeds in {site}/public; `syndicate sync` writes them"
    assert result.exit_code == 1


def test_feeds_are_listed_with_what_they_hold(synced: Callable[..., Result], rss: Path) -> None:
    rss.unlink()
    lines = synced("feeds", "list").stdout.splitlines()
    assert len(lines) == 4
    tech = next(line for line in lines if "/categories/tech/" in line)
    assert "never written" in tech
    assert tech.split()[1:3] == ["2", "0"]
    assert any("Asia/Shanghai" in line and line.split()[1:3] == ["1", "0"] for line in lines)
