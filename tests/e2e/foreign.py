# SPDX-License-Identifier: GPL-2.0-only
"""What others do to the hooks of a NIC: a program before the fence that ends the chain, as some CNIs attach,
and the fence taken off. Also a kernel without tcx, played by a library that is loaded before libbpf.
Depends on lab.py; never decides what is right.

Both directions of a NIC are changed as close to each other as the kernel allows, and an agent may still look
between the two: what it does about one act may count as two.
"""

import contextlib
import ctypes
import json
import os
import re
import socket
import struct
import subprocess

from lab import wait_until

TCX = (46, 47)  # ingress, egress
BPF_PROG_LOAD, BPF_OBJ_PIN, BPF_OBJ_GET, BPF_PROG_QUERY, BPF_LINK_CREATE, BPF_LINK_DETACH = 5, 6, 7, 16, 28, 34
BPF_F_BEFORE = 8

WITHOUT_TCX = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
int bpf_link_create(int program, int target, int type, const void *options)
{
	static int (*real)(int, int, int, const void *);
	if (type == 46 || type == 47) {
		errno = EINVAL;
		return -EINVAL;
	}
	if (!real)
		real = dlsym(RTLD_NEXT, "bpf_link_create");
	return real(program, target, type, options);
}
"""


def bpf(command, attributes):
    libc = ctypes.CDLL(None, use_errno=True)
    buffer = ctypes.create_string_buffer(attributes.ljust(160, b"\0"))
    fd = libc.syscall(321, command, buffer, 160)
    if fd < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return fd


EXIT = (0x95, 0, 0, 0)


def program(instructions, name, attach_type):
    """Of tc. An instruction is (code, registers, offset, immediate)."""
    code = ctypes.create_string_buffer(b"".join(struct.pack("<BBhi", *one) for one in instructions))
    license = ctypes.create_string_buffer(b"GPL")
    head = struct.pack("<IIQQ", 3, len(instructions), ctypes.addressof(code), ctypes.addressof(license))
    return bpf(BPF_PROG_LOAD, head + struct.pack("<IIQII16sII", 0, 0, 0, 0, 0, name, 0, attach_type))


def pass_program(attach_type):
    """`return 0`: TCX_PASS, and TC_ACT_OK."""
    return program([(0xB7, 0, 0, 0), EXIT], b"pass", attach_type)


def redirect(server, interface, target, inwards):
    """What comes in by the interface comes in by (or leaves by) another one instead: bpf_redirect()."""
    with server.ns:
        ifindex = socket.if_nametoindex(target)
    code = [(0xB7, 1, 0, ifindex), (0xB7, 2, 0, int(inwards)), (0x85, 0, 0, 23), EXIT]
    fd = program(code, b"redirect", TCX[0])
    with server.ns:
        link = bpf(BPF_LINK_CREATE, struct.pack("<IIII", fd, socket.if_nametoindex(interface), TCX[0], 0))
    os.close(fd)
    return link


def pinned(command, pin, fd=0):
    """BPF_OBJ_PIN of a descriptor, or the descriptor that BPF_OBJ_GET returns."""
    path = ctypes.create_string_buffer(bytes(pin))
    return bpf(command, struct.pack("<QII", ctypes.addressof(path), fd, 0))


def program_name(number):
    """None: it has just gone."""
    done = subprocess.run(["bpftool", "-j", "prog", "show", "id", str(number)], capture_output=True)
    return json.loads(done.stdout)["name"] if done.returncode == 0 else None


class Tcx:
    """The hooks of a kernel that has tcx."""

    name = "tcx"

    @staticmethod
    def pass_before(server, lab):
        programs = [pass_program(kind) for kind in TCX]
        with server.ns:
            ifindex = socket.if_nametoindex("eth0")
            wanted = [struct.pack("<IIII", p, ifindex, k, BPF_F_BEFORE) for p, k in zip(programs, TCX)]
            links = [bpf(BPF_LINK_CREATE, one) for one in wanted]
        for fd in programs:
            os.close(fd)
        for fd in links:
            lab.on_close(os.close, fd)

    @staticmethod
    def take_off(server, interface="eth0"):
        with server.ns:
            ifindex = socket.if_nametoindex(interface)
        links = [pinned(BPF_OBJ_GET, server.bpffs / f"fence_{ifindex}_{side}") for side in ("in", "out")]
        for fd in links:
            bpf(BPF_LINK_DETACH, struct.pack("<I", fd))
        for fd in links:
            os.close(fd)

    @staticmethod
    def programs(server, interface):
        """Names of all that is attached there, inwards and outwards."""
        ids = (ctypes.c_uint32 * 8)()
        names = set()
        with server.ns:
            ifindex = socket.if_nametoindex(interface)
            for kind in TCX:
                query = struct.pack("<IIIIQI", ifindex, kind, 0, 0, ctypes.addressof(ids), len(ids))
                buffer = ctypes.create_string_buffer(query.ljust(160, b"\0"))
                if ctypes.CDLL(None).syscall(321, BPF_PROG_QUERY, buffer, 160) == 0:
                    names |= {program_name(n) for n in ids[: struct.unpack_from("<I", buffer, 24)[0]]}
        return names


class Clsact:
    """Filters of a clsact qdisc, as before Linux 6.6."""

    name = "clsact"

    @staticmethod
    def pass_before(server, lab):
        """A bpf filter with another handle is put before those of its priority."""
        program = pass_program(0)
        pin = server.bpffs / "pass"
        pinned(BPF_OBJ_PIN, pin, program)
        os.close(program)
        lines = "".join(
            f"filter add dev eth0 {side} pref 1 handle 9 bpf da object-pinned {pin}\n"
            for side in ("ingress", "egress")
        )
        server.ns.run("tc", "-batch", "-", input=lines)
        pin.unlink()

    @staticmethod
    def take_off(server, interface="eth0"):
        server.ns.run("tc", "qdisc", "del", "dev", interface, "clsact")

    @staticmethod
    def programs(server, interface):
        sides = ("ingress", "egress")
        shown = [server.ns.run("tc", "filter", "show", "dev", interface, side).stdout for side in sides]
        return {program_name(number) for number in re.findall(r" id (\d+) ", "".join(shown))}


HOOKS = {hook.name: hook for hook in (Tcx, Clsact)}


@contextlib.contextmanager
def kernel_with(hook, lab):
    """What is started in here finds a kernel that has this hook."""
    if hook is Tcx:
        yield
        return
    source, library = lab.directory / "without_tcx.c", lab.directory / "without_tcx.so"
    source.write_text(WITHOUT_TCX)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    os.environ["LD_PRELOAD"] = str(library)
    try:
        yield
    finally:
        del os.environ["LD_PRELOAD"]


def wait_fence(agent, standing, hook=None, timeout=2):
    """`status` comes to say so of the fence."""

    def is_so():
        fence = (agent.instance() or {}).get("fence") or {}
        return fence.get("standing") == standing and hook in (None, fence.get("hook"))

    wait_until(is_so, timeout, lambda: f"a fence that is {standing}: {agent.instance()}\n{agent.output()}")
