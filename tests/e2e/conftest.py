# SPDX-License-Identifier: GPL-2.0-only
"""Fixtures: a lab for each test, and a recorder at its switch ports."""

import fcntl
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from daemons import BINARY, SOCKET  # noqa: E402
from lab import Lab, Switch, own_mounts  # noqa: E402
from wire import Recorder  # noqa: E402


LOG_SHOWN = 20000  # characters of each


def one_cpu():
    """This process and all that it starts have one CPU: each of several workers another one."""
    cpus = sorted(os.sched_getaffinity(0))
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    os.sched_setaffinity(0, {cpus[number % len(cpus)]})


def pytest_sessionstart(session):
    if os.geteuid() != 0:
        pytest.exit("namespaces and XDP need root: sudo make test", returncode=1)
    if not BINARY.exists():
        pytest.exit(f"{BINARY} is missing: run make first", returncode=1)
    own_mounts()
    starts_workers = session.config.getoption("numprocesses", None)  # they would inherit it
    if "VRRP_XDP_ONE_CPU" in os.environ and not starts_workers:
        one_cpu()


def pytest_sessionfinish():
    Switch.close_free()


def pytest_collection_modifyitems(config, items):
    """Tests run twice, with XDP and with VRRP_XDP_MODE=socket; but those that are about XDP, or about
    nothing that is received. `@pytest.mark.xdp(reason)` says which, and why."""
    for item in items:
        marker = item.get_closest_marker("xdp")
        assert not marker or marker.args and marker.args[0], f"{item.nodeid}: xdp without a reason"
    if SOCKET:
        once = [item for item in items if item.get_closest_marker("xdp")]
        config.hook.pytest_deselected(items=once)
        items[:] = [item for item in items if item not in once]


@pytest.fixture(autouse=True)
def company(request):
    """Several tests run at the same time, each in a lab of its own. One that takes every CPU for itself,
    `@pytest.mark.alone`, waits until the others have ended, and who comes after it waits for it: whoever
    waits holds the gate, so that it does not wait for ever."""
    path = os.environ.get("VRRP_XDP_LOCK")
    if not path:
        yield
        return
    alone = request.node.get_closest_marker("alone")
    with open(path, "rb") as lock, open(f"{path}.gate", "ab") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(lock, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(gate, fcntl.LOCK_UN)
        yield


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failure is shown with what every daemon of its lab said: the lab is gone after it."""
    report = (yield).get_result()
    lab = getattr(item, "funcargs", {}).get("lab")
    if call.when == "call" and report.failed and isinstance(lab, Lab):
        for log in sorted(lab.directory.glob("*/*.log"), key=lambda path: path.stat().st_mtime):
            text = log.read_text(errors="replace")
            report.sections.append((f"{log.parent.name}: {log.stem}", text[-LOG_SHOWN:]))


@pytest.fixture
def lab(company, request):
    """Two servers, switch and client; `@pytest.mark.lab(servers=3)` and other options of Lab."""
    marker = request.node.get_closest_marker("lab")
    with Lab(**(marker.kwargs if marker else {})) as made:
        yield made


@pytest.fixture
def wire(lab):
    """Everything that passes the switch from now on."""
    recorder = Recorder(lab.switch, lab.ports())
    lab.on_close(recorder.close)
    return recorder
