# SPDX-License-Identifier: GPL-2.0-only
"""Fixtures: two servers that stand, for the whole run; a field for each test; the table at the end."""

import os
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

import image  # noqa: E402
from lab import own_mounts  # noqa: E402
from machine import WORK  # noqa: E402
from pair import TABLE, Pair  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "xdp(reason): of tests/e2e, whose scripts are used here")


def pytest_sessionstart(session):
    if os.geteuid() != 0:
        pytest.exit("network namespaces need root: sudo make test-vm", returncode=1)
    if missing := image.missing():
        pytest.exit(f"missing: {' '.join(missing)}: scripts/install-deps vm", returncode=1)
    own_mounts()


@pytest.fixture(scope="session")
def servers():
    made = Pair()
    yield made
    made.close()


@pytest.fixture
def pair(servers, request):
    """Both up, s1 master, s2 its backup; everything that is said on the wire from here on is of this test."""
    servers.begin(request.node.name.removeprefix("test_"))
    try:
        yield servers
    except BaseException:
        servers.broken = True
        raise
    finally:
        servers.end()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed and "servers" in getattr(item, "funcargs", {}):
        item.funcargs["servers"].broken = True


def pytest_sessionfinish(session):
    WORK.mkdir(parents=True, exist_ok=True)
    (WORK / "table.txt").write_text(TABLE.text())


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line("")
    terminalreporter.write_line(TABLE.text())
