"""Where a site's keys are kept: in the settings, and in a file of this machine.

The file has a line a key, the newest first: when it was made, and the key in hex. Whoever changes
it puts a new one in its place, so that nobody reads half of it.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from syndicate.errors import NotFoundError, SettingsError, StateError
from syndicate.settings.key import KEY_BYTES, Key, Keyring

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

#: For so long after its last signature a key verifies: a mail's links have to work for 60 days at
#: least (STANDARDS 119).
KEPT = timedelta(days=60)
#: Keys of a file. Ids are a byte, and each new key takes a free one.
_MOST = 64


class KeyFile:
    """The keys of a site, as they are whenever it is asked.

    A change by another process is seen at the next question, for that costs a look at the file's
    state (2 µs), and is asked once a mailing or a page. So what a worker signs with a key of this
    very second is known to the web app.
    """

    def __init__(
        self,
        path: Path,
        clock: Callable[[], datetime],
        secret: bytes = b"",
        others: Sequence[bytes] = (),
    ) -> None:
        """`secret` signs in place of the file's newest; `others` only verify."""
        self._path = path
        self._clock = clock
        self._secret = secret
        self._others = others
        self._seen: tuple[object, Keyring] | None = None

    def ring(self) -> Keyring:
        """The keys of now; the first is made at first need.

        Raises:
            SettingsError: the file can't be read or written, or holds no keys.
        """
        with self._explained():
            mark = self._mark()
            if mark is None and not self._secret and self._seen is None:
                self._change(lambda kept: kept or (self._fresh(()),))
                mark = self._mark()
            # A file that is gone while we run takes no key from us.
            if self._seen is None or mark not in (None, self._seen[0]):
                self._seen = (mark, self._assembled())
            return self._seen[1]

    def rotate(self) -> Key:
        """Have a new key sign; those before it go on verifying.

        Raises:
            SettingsError: the settings name the key that signs, or the file can't be written.
            StateError: there are too many.
        """
        if self._secret:
            raise SettingsError(
                "the signing key is set by SYNDICATE_SECRET; set that to a new one, and the old "
                'one in SYNDICATE_OTHER_SECRETS=["…"], everywhere, and restart'
            )
        with self._explained():
            return self._change(lambda kept: (self._fresh(kept), *kept))[0]

    def retire(self, name: str, *, early: bool = False) -> Key:
        """Forget a key: what it signed is none of ours any more.

        Raises:
            NotFoundError: the file has no such key.
            SettingsError: the file can't be written.
            StateError: it signs, or signed less than `KEPT` ago and it isn't to be `early`.
        """
        ring = self.ring()
        key = next((key for key in ring.keys if key.name == name), None)
        if key is None or key.made_at is None:
            hint = "take it out of the settings" if key else "`syndicate keys list` has their names"
            raise NotFoundError(f"no key {name!r} is kept in {self._path}; {hint}")
        if key == ring.current:
            raise StateError(f"key {name} signs; `syndicate keys rotate` makes another first")
        # Where the settings took its place, nobody knows when.
        end = ring.signed_until(key) or self._clock()
        if self._clock() < end + KEPT and not early:
            raise StateError(
                f"key {name} signed until {end:%Y-%m-%d}, and links in mails have to work for "
                f"{KEPT.days} days; retire it from {end + KEPT:%Y-%m-%d} on, or with --force"
            )
        with self._explained():
            self._change(lambda kept: tuple(one for one in kept if one != key))
        return key

    def _assembled(self) -> Keyring:
        signing = [Key(self._secret)] if self._secret else []
        return Keyring.of((*signing, *self._read(), *map(Key, self._others)))

    def _mark(self) -> object | None:
        """Changes with the file; None if there is none."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _read(self) -> tuple[Key, ...]:
        if not self._path.exists():
            return ()
        try:
            rows = [line.split() for line in self._path.read_text(encoding="ascii").splitlines()]
            keys = tuple(
                Key(bytes.fromhex(secret), datetime.fromisoformat(made).astimezone(UTC))
                for made, secret in rows
            )
        except ValueError:
            keys = ()
        if not keys or min(len(key.secret) for key in keys) < KEY_BYTES:
            raise SettingsError(
                f"{self._path} holds no keys; restore it, or remove it to have one made"
            )
        return keys

    def _fresh(self, kept: Sequence[Key]) -> Key:
        """A key with an id that no other has."""
        if len(kept) >= _MOST:
            raise StateError(f"there are {len(kept)} keys; `syndicate keys retire` old ones")
        ids = {key.id for key in (*kept, *map(Key, self._others))}
        while (key := Key(secrets.token_bytes(KEY_BYTES), self._clock())).id in ids:
            pass
        return key

    def _change(self, decide: Callable[[tuple[Key, ...]], tuple[Key, ...]]) -> tuple[Key, ...]:
        """Have the file hold what is decided of what it holds, one process at a time."""
        folder = self._path.parent
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            keys = decide(self._read())
            self._write("".join(_line(key) for key in keys))
            os.fsync(descriptor)
        finally:
            # Which ends the lock, too.
            os.close(descriptor)
        return keys

    def _write(self, text: str) -> None:
        draft = self._path.with_name(f".{self._path.name}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise SettingsError(
                f"can't read or write {self._path}: {error.strerror}; make the folder writable or "
                "set SYNDICATE_STATE__FOLDER"
            ) from error


def _line(key: Key) -> str:
    return f"{key.made_at.isoformat() if key.made_at else ''} {key.secret.hex()}\n"
