"""What is on disk is whole, and moves only with its content."""

from __future__ import annotations

import errno
import gzip
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from syndicate.errors import SettingsError
from syndicate.feeds.files import write_if_changed

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_file_is_written_with_its_folders_and_can_be_read_by_everybody(tmp_path: Path) -> None:
    path = tmp_path / "categories" / "经济" / "rss.xml"
    assert write_if_changed(path, b"one", root=tmp_path)
    assert path.read_bytes() == b"one"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_the_same_bytes_leave_the_file_untouched(tmp_path: Path) -> None:
    path = tmp_path / "rss.xml"
    write_if_changed(path, b"one", root=tmp_path)
    os.utime(path, (1000, 1000))
    before = path.stat()
    assert not write_if_changed(path, b"one", root=tmp_path)
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_new_bytes_of_the_same_length_are_new(tmp_path: Path) -> None:
    path = tmp_path / "rss.xml"
    write_if_changed(path, b"one", root=tmp_path)
    assert write_if_changed(path, b"two", root=tmp_path)
    assert path.read_bytes() == b"two"


def test_each_content_has_a_second_of_its_own(tmp_path: Path) -> None:
    path, seconds = tmp_path / "rss.xml", []
    for data in (b"1", b"2", b"3"):
        write_if_changed(path, data, root=tmp_path)
        seconds.append(int(path.stat().st_mtime))
    assert seconds == sorted(set(seconds))


def fail_to(monkeypatch: pytest.MonkeyPatch, what: str, number: int) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    owner = Path if what == "replace" else os
    monkeypatch.setattr(owner, what, fail)


@pytest.mark.parametrize("what", ["replace", "fsync", "fchmod"])
def test_a_write_that_breaks_off_leaves_the_old_file_whole_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    path = tmp_path / "rss.xml"
    write_if_changed(path, b"old", root=tmp_path)
    fail_to(monkeypatch, what, errno.EIO)
    with pytest.raises(SettingsError):
        write_if_changed(path, b"new", root=tmp_path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupt_leaves_no_temporary_file_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_if_changed(tmp_path / "rss.xml", b"new", root=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_readers_of_the_old_file_keep_it_while_the_new_one_comes(tmp_path: Path) -> None:
    path = tmp_path / "rss.xml"
    write_if_changed(path, b"old", root=tmp_path)
    with path.open("rb") as reader:
        write_if_changed(path, b"new", root=tmp_path)
        assert reader.read() == b"old"


# The compressed copy

LONG = [f"{number} ".encode() * 999 for number in range(3)]


def test_a_compressed_copy_is_of_the_same_content_and_time(tmp_path: Path) -> None:
    path, copy = tmp_path / "a" / "rss.xml", tmp_path / "a" / "rss.xml.gz"
    for data in LONG:
        assert write_if_changed(path, data, root=tmp_path, gzipped=True)
        assert gzip.decompress(copy.read_bytes()) == path.read_bytes() == data
        assert copy.stat().st_mtime_ns == path.stat().st_mtime_ns
        assert stat.S_IMODE(copy.stat().st_mode) == 0o644
    assert sorted(path.parent.iterdir()) == [path, copy]


def test_the_same_document_has_the_same_copy_whatever_it_is_called(tmp_path: Path) -> None:
    for name in ("rss.xml", "feed.json"):
        write_if_changed(tmp_path / name, LONG[0], root=tmp_path, gzipped=True)
    one, other = tmp_path / "rss.xml.gz", tmp_path / "feed.json.gz"
    assert one.read_bytes() == other.read_bytes()


def test_a_document_that_stays_the_same_keeps_its_copy_untouched(tmp_path: Path) -> None:
    path, copy = tmp_path / "rss.xml", tmp_path / "rss.xml.gz"
    write_if_changed(path, LONG[0], root=tmp_path, gzipped=True)
    before = copy.stat()
    assert not write_if_changed(path, LONG[0], root=tmp_path, gzipped=True)
    assert copy.stat() == before


def test_what_compressing_would_make_longer_has_no_copy(tmp_path: Path) -> None:
    path = tmp_path / "rss.xml"
    write_if_changed(path, LONG[0], root=tmp_path, gzipped=True)
    write_if_changed(path, b"<rss/>", root=tmp_path, gzipped=True)
    assert list(tmp_path.iterdir()) == [path]


def test_a_document_written_without_a_copy_keeps_none_of_what_it_was(tmp_path: Path) -> None:
    path = tmp_path / "rss.xml"
    write_if_changed(path, LONG[0], root=tmp_path, gzipped=True)
    write_if_changed(path, LONG[1], root=tmp_path)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("calls", range(1, 30))
def test_wherever_a_write_stops_no_copy_is_of_another_content_and_the_next_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    """As after a kill at any of the steps that change something on disk."""
    path, copy = tmp_path / "rss.xml", tmp_path / "rss.xml.gz"
    write_if_changed(path, LONG[0], root=tmp_path, gzipped=True)
    left = calls

    def stop_at(real: Callable[..., object]) -> Callable[..., object]:
        def step(*args: object, **options: object) -> object:
            nonlocal left
            left -= 1
            if left <= 0:
                raise OSError(errno.EIO, "stopped")
            return real(*args, **options)

        return step

    with monkeypatch.context() as patch:
        for owner, name in (
            *((Path, name) for name in ("unlink", "replace", "stat")),
            *((os, name) for name in ("open", "fsync", "utime", "fchmod")),
        ):
            patch.setattr(owner, name, stop_at(getattr(owner, name)))
        try:
            write_if_changed(path, LONG[1], root=tmp_path, gzipped=True)
        except SettingsError:
            assert path.read_bytes() in LONG[:2]
        else:
            assert path.read_bytes() == LONG[1]
    if copy.exists():
        assert gzip.decompress(copy.read_bytes()) == path.read_bytes()
    write_if_changed(path, LONG[1], root=tmp_path, gzipped=True)
    assert gzip.decompress(copy.read_bytes()) == path.read_bytes() == LONG[1]
    assert copy.stat().st_mtime_ns == path.stat().st_mtime_ns


# What goes wrong


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "No space left on device; free some space on that disk"),
        (errno.EACCES, "Permission denied; make the folder writable"),
        (errno.EROFS, "Read-only file system; name another folder as `output` under [feeds]"),
    ],
)
def test_what_went_wrong_is_told_in_one_line_with_place_and_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, remedy: str
) -> None:
    path = tmp_path / "rss.xml"
    fail_to(monkeypatch, "fsync", number)
    with pytest.raises(SettingsError) as caught:
        write_if_changed(path, b"new", root=tmp_path)
    assert str(caught.value) == f"can't write {path}: {remedy}"


def test_a_file_where_a_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "categories").write_bytes(b"")
    with pytest.raises(SettingsError, match=r"can't write .*rss\.xml"):
        write_if_changed(tmp_path / "categories" / "rss.xml", b"new", root=tmp_path)


@pytest.mark.parametrize(
    "name", ["../rss.xml", "a/../../rss.xml", "/etc/rss.xml", "", ".", "a\0b", "\ud800"]
)
def test_nothing_is_written_outside_the_root(tmp_path: Path, name: str) -> None:
    root = tmp_path / "public"
    root.mkdir()
    with pytest.raises(SettingsError, match="is no file below"):
        write_if_changed(root / name, b"x", root=root)
    assert list(tmp_path.rglob("*")) == [root]


def test_a_link_out_of_the_root_is_not_followed(tmp_path: Path) -> None:
    root, outside = tmp_path / "public", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "a").symlink_to(outside)
    (root / "b").symlink_to("b")
    for name in ("a", "b"):
        with pytest.raises(SettingsError):
            write_if_changed(root / name / "rss.xml", b"x", root=root)
    assert list(outside.iterdir()) == []


def test_a_root_that_is_itself_a_link_is_fine(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "public").symlink_to("real")
    assert write_if_changed(tmp_path / "public" / "rss.xml", b"x", root=tmp_path / "public")
    assert (tmp_path / "real" / "rss.xml").read_bytes() == b"x"
