# SPDX-License-Identifier: GPL-2.0-only
"""Documentation against the program: needs the program, no root, no network."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from program import BINARY  # noqa: E402


def pytest_sessionstart(session):
    if not BINARY.exists():
        pytest.exit(f"{BINARY} is missing: run make first", returncode=1)
