"""All state of a site in one file, and back."""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from syndicate import __version__
from syndicate.errors import BackupError, BusyError, StateError
from syndicate.store import archive, dump, replica, schema
from syndicate.store.keys import SCHEMA
from syndicate.store.life import Life

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from syndicate.settings import Settings
    from syndicate.store.client import Store

    Progress = Callable[[str, int, int], None]

#: Raised whenever the file's own form changes.
FORMAT = 1
_HEADER, _STATE, _KEYS, _SUMMARY = "header.json", "state/", "secret.key", "summary.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a backup says of itself."""

    format: int
    schema: int
    #: The prefix that its keys had.
    prefix: str
    #: ISO 8601, UTC.
    taken_at: str
    program: str
    redis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What is in a backup."""

    header: Header
    #: How many keys there are of each kind, by the first word of their names.
    kinds: dict[str, int] = field(default_factory=dict)
    #: Whether the signing keys are in it.
    with_keys: bool = False

    @property
    def keys(self) -> int:
        """How many there are in all."""
        return sum(self.kinds.values())


def back_up(
    settings: Settings,
    store: Store,
    path: Path,
    now: datetime,
    *,
    with_keys: bool = True,
    progress: Progress = lambda _what, _done, _all: None,
) -> Contents:
    """Write the state of this moment to a new file, while everything goes on.

    The file is there when it is whole, or not at all, and for its owner's eyes alone.

    Raises:
        BackupError: there is such a file, or it can't be written.
        StoreError: Redis doesn't hand out its state, or that is of a newer program.
    """
    schema.refuse_newer(schema.version(store), "hand")
    if path.exists():
        raise BackupError(f"{path} exists; name a file that doesn't")
    try:
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=path.parent) as work:
            folder = Path(work)
            with replica.copied(store, folder, lambda d, a: progress("Reading", d, a)) as copy:
                found = _write(settings, copy, folder / "made", now, with_keys, progress)
            (folder / "made").rename(path)
    except OSError as error:
        raise BackupError(f"can't write {path}: {error.strerror or error}") from error
    return found


def check(path: Path, progress: Progress = lambda _what, _done, _all: None) -> Contents:
    """What is in a backup, every byte of which is looked at.

    Raises:
        BackupError: it is none, isn't whole, or is newer than this program.
    """
    header: Header | None = None
    kinds: Counter[str] = Counter()
    said, with_keys = None, False
    for name, content in archive.members(path):
        if header is None:
            header = _header(path, name, content)
        elif name.startswith(_STATE):
            kinds.update(_kind(key) for key, _, _ in dump.unpack(content))
            progress("Checking", kinds.total(), kinds.total())
        elif name == _KEYS:
            with_keys = True
        elif name == _SUMMARY:
            said = json.loads(content)
    if header is None or said != {"keys": dict(kinds)}:
        raise BackupError(f"{path} is no whole backup: its summary doesn't match; take another")
    return Contents(header=header, kinds=dict(kinds), with_keys=with_keys)


def restore(
    settings: Settings,
    store: Store,
    path: Path,
    clock: Callable[[], datetime],
    *,
    replace: bool = False,
    progress: Progress = lambda _what, _done, _all: None,
) -> Contents:
    """Put a backup's state in the place of what there is; nothing is sent by it until `unlock`.

    Nothing is touched before the whole file was checked. One that dies half-way leaves a state
    that can't be unlocked, only replaced.

    Raises:
        BackupError: what `check` raises, or this Redis is older than the backup's.
        BusyError: the service is at work.
        StateError: there is a state already, and it isn't to be replaced.
    """
    found, life = check(path, progress), Life(store, settings.state_folder, clock)
    for value in _first_value(path):
        dump.try_one(store, value)
    refuse_at_work(life)
    if not replace and any(name != b"schema" for name in dump.names(store)):
        raise StateError(
            f"there is a state under the prefix {store.keys.prefix!r} already; --replace puts the "
            "backup in its place"
        )
    life.lock(f"a restore of {path.name} is under way, or stopped half-way", restoring=True)
    dump.clear(store)
    done = 0
    for name, content in archive.members(path):
        if name.startswith(_STATE):
            done += dump.put(store, content)
            progress("Restoring", done, found.keys)
        elif name == _KEYS:
            _add_keys(settings, content.decode("ascii"))
    life.restored(f"restored from {path.name}, which was taken at {found.header.taken_at}")
    return found


def refuse_at_work(life: Life) -> None:
    """Go on, if nobody is at work by this state.

    Raises:
        BusyError: somebody is.
    """
    if life.is_alive():
        raise BusyError(
            "the service is at work, or was within 90 seconds; stop all of it, wait, and try again"
        )


def _write(
    settings: Settings,
    copy: Store,
    path: Path,
    now: datetime,
    with_keys: bool,
    progress: Progress,
) -> Contents:
    header = Header(
        format=FORMAT,
        schema=schema.version(copy),
        prefix=copy.keys.prefix,
        taken_at=now.isoformat(timespec="seconds"),
        program=__version__,
        redis=str(copy.text.info("server")["redis_version"]),
    )
    kinds: Counter[str] = Counter()
    total = int(copy.text.dbsize())
    with open(path, "xb", opener=_privately) as file:
        made = archive.Writer(file, now.timestamp())
        made.add(_HEADER, json.dumps(asdict(header), indent=1).encode())
        for number, block in enumerate(dump.blocks(dump.records(copy)), 1):
            made.add(f"{_STATE}{number:06}", block)
            kinds.update(_kind(key) for key, _, _ in dump.unpack(block))
            progress("Writing", kinds.total(), max(total, kinds.total()))
        keys = settings.state_folder / _KEYS
        has_keys = with_keys and keys.exists()
        if has_keys:
            made.add(_KEYS, keys.read_bytes())
        made.add(_SUMMARY, json.dumps({"keys": dict(kinds)}, indent=1).encode())
        made.end()
        file.flush()
        os.fsync(file.fileno())
    return Contents(header=header, kinds=dict(kinds), with_keys=has_keys)


def _header(path: Path, name: str, content: bytes) -> Header:
    try:
        found = json.loads(content) if name == _HEADER else {}
        number = int(found["format"])
        if number > FORMAT:
            raise BackupError(
                f"{path} has format {number}, this program knows {FORMAT}; upgrade syndicate"
            )
        header = Header(**found)
        datetime.fromisoformat(header.taken_at)
    except (ValueError, TypeError, KeyError) as error:
        raise BackupError(f"{path} is no backup of syndicate's: it has no header") from error
    if header.schema > SCHEMA:
        raise BackupError(
            f"{path} has schema {header.schema}, this program knows {SCHEMA}; upgrade syndicate"
        )
    return header


def _first_value(path: Path) -> Iterator[bytes]:
    """A value of the backup, if it has any."""
    for name, content in archive.members(path):
        if name.startswith(_STATE):
            yield next(dump.unpack(content))[2]
            return


def _kind(key: bytes) -> str:
    return key.split(b":", 1)[0].decode(errors="replace")


def _add_keys(settings: Settings, text: str) -> None:
    """Have the backup's keys sign and verify here; those that are here go on verifying."""
    path = settings.state_folder / _KEYS
    kept = path.read_text("ascii").splitlines() if path.exists() else []
    lines = dict.fromkeys((*text.splitlines(), *kept))
    draft = path.with_name(f".{_KEYS}")
    path.parent.mkdir(parents=True, exist_ok=True)
    draft.unlink(missing_ok=True)
    with open(draft, "x", encoding="ascii", opener=_privately) as file:
        file.write("".join(f"{line}\n" for line in lines))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _privately(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
