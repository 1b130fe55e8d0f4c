# SPDX-License-Identifier: GPL-2.0-only
"""The programs and their tables on Debian 12's kernel: kernel-matrix, which takes others by name."""

import subprocess
import sys

from machine import TOP


def test_stock_kernel():
    done = subprocess.run(
        [sys.executable, "-B", TOP / "tests/vm/kernel-matrix"], capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stdout + done.stderr
