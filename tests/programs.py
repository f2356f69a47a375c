"""Programs of others that some tests run, where the machine has them."""

from __future__ import annotations

import os
import shutil

import pytest


def require(program: str) -> None:
    """Skip the test where the program is missing, but fail in CI, which installs it."""
    if shutil.which(program):
        return
    reason = f"{program} is not installed; Debian's package has that name"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
