"""The key that signs tokens and Message-IDs, made at first need."""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
from typing import TYPE_CHECKING

from syndicate.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

#: Bytes of a signing key: as many as HMAC-SHA256 makes of it (RFC 2104 §3 wants no fewer).
KEY_BYTES = 32


def kept_key(path: Path) -> bytes:
    """The key that is kept there; of processes that start together one makes it, and all have it.

    Raises:
        OSError: the file can't be read or written.
        SettingsError: it holds no key.
    """
    if not path.exists():
        _make_key(path)
    key = path.read_bytes()
    if len(key) < KEY_BYTES:
        raise SettingsError(f"{path} holds no key; restore it, or remove it to have one made")
    return key


def _make_key(path: Path) -> None:
    """Put a key there whole, unless another process was faster: a link never replaces."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}-{os.getpid()}-{threading.get_ident()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(KEY_BYTES).encode())
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink()
