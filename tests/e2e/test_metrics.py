# SPDX-License-Identifier: GPL-2.0-only
"""Metrics: what they say of a live pair, over HTTP on a passed socket, and what is built upon them."""

import http.client
import json
import pathlib
import re
import socket
import subprocess
import time

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as older_metrics

from daemons import BINARY, Agent, config, two_agents
from lab import TOP, stop_process, wait_until
from wire import build_advert, send_frames

pytestmark = pytest.mark.xdp("shows what status shows")

ALERTS = TOP / "docs/prometheus-alerts.yml"
DASHBOARD = TOP / "docs/grafana-dashboard.json"


def values(families):
    """{(sample, {labels}): value}"""
    return {
        (s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples
    }


def value(samples, sample, **labels):
    return samples[sample, frozenset(labels.items())]


def promtool(*arguments, text=None):
    done = subprocess.run(
        ["promtool", *map(str, arguments)], input=text, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    return done.stdout


@pytest.mark.check
def test_live_pair(lab):
    """The same numbers as `status`, in a format that a strict reader takes."""
    high, low = two_agents(lab)
    send_frames(lab.s1.ns, "eth1", [build_advert(src="10.51.67.66", interval_cs=0)])
    wait_until(lambda: low.verdicts()["interval_zero"] == 1, 3, "the bad one is counted")
    text = low.cli("metrics").stdout
    assert text.endswith("# EOF\n")
    samples = values(open_metrics(text))
    state = {"name": "web", "vrrp_xdp_router_state": "backup"}
    assert value(samples, "vrrp_xdp_router_state", **state) == 1
    assert value(samples, "vrrp_xdp_router_adverts_total", name="web", verdict="interval_zero") == 1
    assert value(samples, "vrrp_xdp_router_master_priority", name="web") == 150
    assert value(samples, "vrrp_xdp_path_last_advert_age_seconds", name="web", interface="eth1") < 1
    assert value(samples, "vrrp_xdp_agent_running") == 1
    assert value(samples, "vrrp_xdp_masters", interface="eth1", vrid="55", family="4") == 1
    assert 0 < value(values(open_metrics(high.cli("metrics").stdout)),
                     "vrrp_xdp_router_lease_seconds", name="web") <= 0.3  # fmt: skip


def test_older_format(lab):
    """The text format that came before OpenMetrics: promtool finds nothing to mend, and it says the same."""
    high, _ = two_agents(lab)
    text = high.cli("metrics", "--prometheus").stdout
    assert promtool("check", "metrics", text=text) == ""
    older = values(older_metrics(text))
    for (name, labels), _ in values(open_metrics(high.cli("metrics").stdout)).items():
        assert (name, labels) in older, name


def test_without_agent(lab):
    """Nothing attached, no agent: that is what it says, and exit 0."""
    agent = Agent(lab, lab.s1, start=False)
    samples = values(open_metrics(agent.cli("metrics").stdout))
    assert samples == {("vrrp_xdp_agent_running", frozenset()): 0}
    refused = agent.cli("metrics", "--json", check=False)
    assert refused.returncode == 2 and "status" in refused.stderr


# ---- over HTTP ---------------------------------------------------------------------------------------------


class Http:
    """`metrics --http` as systemd starts it: the socket is descriptor 3, CAP_BPF is all it has."""

    def __init__(self, lab, agent):
        self.ns = agent.ns
        with self.ns:
            listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        fd = listener.fileno()
        passed = f'export LISTEN_PID=$$ LISTEN_FDS=1; exec "$@" 3<&{fd}'
        sandbox = ("setpriv", "--bounding-set", "-all,+bpf", "--no-new-privs")
        self.child = self.ns.popen(
            *("bash", "-c", passed, "sh", *sandbox, BINARY, "metrics", "--http", *agent.where),
            pass_fds=(fd,), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        listener.close()
        lab.on_close(stop_process, self.child)

    def connect(self):
        with self.ns:
            return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def ask(self, method="GET", path="/metrics", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.sock = self.connect()
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer, body


def test_http(lab):
    """Either format, as the reader asks; everything else is refused with its status."""
    agent = Agent(lab, lab.s1).wait_state("master")
    server = Http(lab, agent)
    asked = "application/openmetrics-text; version=1.0.0,text/plain;version=0.0.4;q=0.5"
    answer, body = server.ask(Accept=asked)
    assert answer.status == 200
    assert answer.getheader("Content-Type").startswith("application/openmetrics-text; version=1.0.0")
    state = {"name": "web", "vrrp_xdp_router_state": "master"}
    assert value(values(open_metrics(body)), "vrrp_xdp_router_state", **state) == 1
    answer, body = server.ask()
    assert answer.getheader("Content-Type").startswith("text/plain; version=0.0.4")
    assert value(values(older_metrics(body)), "vrrp_xdp_router_state", **state) == 1
    answer, body = server.ask("HEAD")
    assert answer.status == 200 and body == "" and int(answer.getheader("Content-Length")) > 1000
    assert server.ask(path="/")[0].status == 404
    answer, _ = server.ask("POST")
    assert answer.status == 405 and answer.getheader("Allow") == "GET, HEAD"
    agent.stop()
    assert value(values(older_metrics(server.ask()[1])), "vrrp_xdp_agent_running") == 0
    assert server.child.poll() is None


def is_open(connection):
    """Has the server not hung up yet? What it sent is read away."""
    connection.setblocking(False)
    try:
        while connection.recv(65536):
            pass
    except BlockingIOError:
        return True
    except ConnectionError:
        pass
    return False


def closed_by_server(connections):
    wait_until(lambda: not any(map(is_open, connections)), 9, "the server hangs up")


SAYS = {
    "nothing": b"",
    "half a request": b"GET /metrics HT",
    "reads no answer": b"GET /metrics HTTP/1.1\r\n\r\n",
}


@pytest.mark.parametrize("says", SAYS.values(), ids=SAYS.keys())
@pytest.mark.parametrize("count", (10, 50, 200))
def test_http_silent(lab, count, says):
    """Silent connections, however many, are not waited for: a request is answered while the last of them still
    has its time. Then the server hangs up on them; where there are too many, on the oldest ones at once."""
    server = Http(lab, Agent(lab, lab.s1).wait_state("master"))
    assert server.ask()[0].status == 200
    silent = []
    for _ in range(count):
        silent.append(server.connect())
        silent[-1].sendall(says)
    assert server.ask()[0].status == 200
    answered = says == SAYS["reads no answer"]
    assert answered or is_open(silent[-1]), "its time was waited for"
    if count > 64:
        assert not any(map(is_open, silent[: count - 64])), "more connections than are meant to be"
    closed_by_server(silent)
    assert server.ask()[0].status == 200


def test_http_drips(lab):
    """A request that comes byte by byte has the same time in all as one that does not come."""
    server = Http(lab, Agent(lab, lab.s1).wait_state("master"))
    connection = server.connect()
    sent = []

    def hung_up():
        try:
            connection.sendall(b"G")
        except ConnectionError:
            return True
        sent.append(None)
        return not is_open(connection)

    wait_until(hung_up, 9, "the server hangs up")
    assert 1 < len(sent) < 8000, "too much was sent, not too slowly"
    assert server.ask()[0].status == 200


def test_http_hostile(lab):
    """Who goes away, or sends too much or nonsense, is told so, and the next one is answered."""
    server = Http(lab, Agent(lab, lab.s1).wait_state("master"))
    gone = server.connect()
    gone.sendall(SAYS["reads no answer"])
    gone.close()
    assert server.ask()[0].status == 200
    for nonsense, status in ((b"\0\1\2\3", b"400"), (b"x" * 9000, b"431")):
        connection = server.connect()
        connection.sendall(nonsense)
        assert connection.recv(100).split()[1] == status
        connection.close()
    assert server.ask()[0].status == 200


def test_http_needs_a_socket(lab):
    """By hand there is none: what to do instead."""
    agent = Agent(lab, lab.s1, start=False)
    refused = agent.cli("metrics", "--http", check=False)
    assert refused.returncode == 1 and "vrrp-xdp-metrics.socket" in refused.stderr


# ---- what is built upon them -------------------------------------------------------------------------------


@pytest.fixture
def families(lab):
    """Names of all families, as their samples are called."""
    agent = Agent(lab, lab.s1, config(lab.s1)).wait_state("master")
    suffix = {"counter": "_total", "info": "_info", "histogram": "_bucket"}
    found = open_metrics(agent.cli("metrics").stdout)
    return {f.name + suffix.get(f.type, "") for f in found}


def used_metrics(text):
    """Not the label of a state set, which is called like the set."""
    return set(re.findall(r"\bvrrp_xdp_[a-z_]+\b(?!=)", text))


def test_alert_rules(families):
    """Four rules that promtool takes, that fire on their trouble and on nothing else."""
    assert "4 rules found" in promtool("check", "rules", ALERTS)
    promtool("test", "rules", TOP / "tests/prometheus/alerts-test.yml")
    expressions = re.sub(r'"[^"]*"', "", ALERTS.read_text())
    assert used_metrics(expressions) <= families


def test_dashboard(families, tmp_path):
    """Every expression parses, and names what there is."""
    panels = json.loads(DASHBOARD.read_text())["panels"]
    expressions = [target["expr"] for panel in panels for target in panel["targets"]]
    assert len(expressions) > 10
    rules = ["groups:", "- name: dashboard", "  rules:"]
    for number, expression in enumerate(expressions):
        assert used_metrics(re.sub(r'"[^"]*"', "", expression)) <= families, expression
        plain = expression.replace("$__rate_interval", "5m")
        rules += [f"  - record: dashboard:{number}", f"    expr: {json.dumps(plain)}"]
    path = tmp_path / "rules.yml"
    path.write_text("\n".join(rules) + "\n")
    assert f"{len(expressions)} rules found" in promtool("check", "rules", path)


def test_manual_has_them_all(families):
    manual = pathlib.Path(TOP / "docs/vrrp-xdp.8").read_text()
    for name in families:
        assert name.removesuffix("_bucket").removesuffix("_info") in manual, name
