# SPDX-License-Identifier: GPL-2.0-only
"""The programs and their tables on the kernels of Debian 12, 13 and testing: kernel-matrix, which takes others by
name, and those of arm64."""

import subprocess
import sys

import pytest

from machine import KERNELS, TOP


@pytest.mark.parametrize("package", KERNELS["amd64"])
def test_stock_kernel(package):
    done = subprocess.run(
        [sys.executable, "-B", TOP / "tests/vm/kernel-matrix", package], capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stdout + done.stderr
