"""Programs of others that some tests run, where the machine has them."""

from __future__ import annotations

import os
import shutil

import pytest


def require(program: str, package: str = "") -> None:
    """Skip the test where the program is missing, but fail in CI, which installs it.

    Debian's `package` has it; one of the same name if that is left out.
    """
    if shutil.which(program):
        return
    reason = f"{program} is not installed; Debian's package is {package or program}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
