# SPDX-License-Identifier: GPL-2.0-only
"""Fixtures: a copy of this host."""

import os

import pytest
from builds import Host


@pytest.fixture
def host(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("needs root")
    one = Host(tmp_path)
    yield one
    one.close()
