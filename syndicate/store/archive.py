"""A backup's file: a compressed tar archive that ends with the SHA-256 of each of its members.

So `tar tzf` lists it, and `sha256sum -c` checks what was taken out. It is written and read as a
stream, a member at a time.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import zlib
from contextlib import closing, contextmanager
from typing import IO, TYPE_CHECKING, Self

from syndicate.errors import BackupError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: The last member, in the form that sha256sum(1) reads.
_SUMS = "SHA256SUMS"
#: Bytes of a member: Redis has no value that is larger.
_LARGEST = 600 << 20
#: How hard to compress: four times as fast as zlib's own default, for a tenth more bytes.
_LEVEL = 3


class Writer:
    """Writes one archive to an open file."""

    def __init__(self, file: IO[bytes], made_at: float) -> None:
        """`made_at` (Unix seconds) is the time of all its members."""
        self._gzip = gzip.GzipFile("", "wb", _LEVEL, file, made_at)
        self._tar = tarfile.open(fileobj=self._gzip, mode="w|")  # noqa: SIM115 - `end` closes it
        self._made_at = made_at
        self._sums: list[str] = []

    def add(self, name: str, content: bytes) -> None:
        """Add a member."""
        member = tarfile.TarInfo(name)
        member.size, member.mtime, member.mode = len(content), int(self._made_at), 0o600
        self._tar.addfile(member, io.BytesIO(content))
        self._sums.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")

    def end(self) -> Self:
        """Write the sums; without them it isn't whole."""
        self.add(_SUMS, "".join(self._sums).encode())
        self._tar.close()
        self._gzip.close()
        return self


def members(path: Path) -> Iterator[tuple[str, bytes]]:
    """The members of an archive, in order, all but the sums, which are checked at its end.

    Raises:
        BackupError: it is none, was cut short or changed, which may be known at its end only.
    """
    sums: list[str] = []
    with _explained(path), gzip.open(path) as file, _opened(file) as tar:
        for member in tar:
            if not member.isfile() or member.size > _LARGEST:
                raise BackupError(f"{path} is no backup: {member.name!r} is no member of one")
            found = tar.extractfile(member)
            content = found.read() if found else b""
            if member.name == _SUMS:
                if content.decode("ascii", "replace") != "".join(sums):
                    raise BackupError(f"{path} was changed: its sums don't match; take another")
                _read_to_end(file, path)
                return
            sums.append(f"{hashlib.sha256(content).hexdigest()}  {member.name}\n")
            yield member.name, content
    raise BackupError(f"{path} is no whole backup: it has no sums at its end; take another")


def _opened(file: gzip.GzipFile) -> closing[tarfile.TarFile]:
    return closing(tarfile.open(fileobj=file, mode="r|"))


def _read_to_end(file: gzip.GzipFile, path: Path) -> None:
    """Nothing but padding follows the sums, and gzip's own sum stands behind all."""
    while piece := file.read(1 << 16):
        if piece.strip(b"\0"):
            raise BackupError(f"{path} was changed: something follows its sums; take another")


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise BackupError(f"{path} is no whole backup ({error}); take another") from error
    except OSError as error:
        raise BackupError(f"can't read {path}: {error.strerror or error}") from error
