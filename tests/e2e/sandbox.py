#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""A command in the sandbox of a systemd unit, without systemd: the unit's own lines, carried out.

    sandbox.py UNIT [--strict] [--writable PATH]... -- COMMAND...

What is carried out: capabilities, NoNewPrivileges, limits, SystemCallFilter, RestrictAddressFamilies,
RestrictNamespaces, MemoryDenyWriteExecute, ProtectSystem=strict, ProtectKernelTunables and
ReadWritePaths. A line of the unit that is neither carried out nor known not to matter here is an error,
so that nobody trusts a test of it. --strict: a system call that is not allowed kills, whatever the
unit's SystemCallErrorNumber says. Needs root, systemd-analyze and libseccomp.
"""

import ctypes
import errno
import os
import pathlib
import resource
import subprocess
import sys

CLONE_NEWNS = 0x00020000
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC, MS_SLAVE = 1, 32, 4096, 16384, 1 << 19
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 24, 38, 47, 4
PROT_WRITE, PROT_EXEC = 2, 4

NAMESPACES = {
    "mnt": 0x00020000, "cgroup": 0x02000000, "uts": 0x04000000, "ipc": 0x08000000,
    "user": 0x10000000, "pid": 0x20000000, "net": 0x40000000,
}  # fmt: skip

CAPABILITIES = (
    "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable"
    " net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot"
    " sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease"
    " audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read"
    " perfmon bpf checkpoint_restore"
).split()

CARRIED_OUT = (
    "CapabilityBoundingSet AmbientCapabilities NoNewPrivileges SystemCallFilter SystemCallErrorNumber"
    " RestrictAddressFamilies RestrictNamespaces MemoryDenyWriteExecute ProtectSystem"
    " ProtectKernelTunables ReadWritePaths LimitRTPRIO LimitMEMLOCK LimitCORE"
).split()
# How it is started and stopped; directories that --writable stands for; what the capabilities and the
# filter forbid already, or what only hides files that the lab has no need of.
NO_MATTER = (
    "Type NotifyAccess ExecStartPre ExecStart ExecReload Restart RestartSec RestartPreventExitStatus"
    " TimeoutStopSec WatchdogSec WatchdogSignal KillMode RuntimeDirectory RuntimeDirectoryMode"
    " RuntimeDirectoryPreserve StateDirectory StateDirectoryMode SystemCallArchitectures"
    " LockPersonality RestrictSUIDSGID ProtectHome PrivateTmp PrivateMounts PrivateDevices ProtectClock"
    " ProtectControlGroups ProtectHostname ProtectKernelLogs ProtectKernelModules"
).split()

libc = ctypes.CDLL(None, use_errno=True)


def call(name, *arguments):
    if getattr(libc, name)(*arguments) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}{arguments}: {os.strerror(number)}")


def read_unit(path):
    """{key: [values]} of [Service], a list for each time that the key is there; "" empties it."""
    found, section = {}, ""
    for line in pathlib.Path(path).read_text().splitlines():
        line = line.strip()
        if line.startswith("["):
            section = line
        elif section == "[Service]" and line and line[0] not in "#;":
            key, value = line.split("=", 1)
            found.setdefault(key, [])
            found[key] = found[key] + [value] if value else []
    return found


def words(unit, key):
    return [word for value in unit.get(key, []) for word in value.split()]


def allowed_calls(unit):
    """Every system call that the unit allows, with its groups unfolded by systemd itself."""

    def unfold(name, seen):
        if not name.startswith("@"):
            return {name}
        out = subprocess.run(
            ["systemd-analyze", "syscall-filter", name],
            check=True, capture_output=True, text=True, timeout=30,
        ).stdout  # fmt: skip
        names = [line.strip() for line in out.splitlines()[1:]]
        names = [n for n in names if n and n[0] != "#" and n not in seen]
        return set().union(*(unfold(n, seen | {n}) for n in names))

    found = unfold("@default", {"@default"})
    for line in unit["SystemCallFilter"]:
        minus = line.startswith("~")
        for name in line.lstrip("~").split():
            names = unfold(name, {name})
            found = found - names if minus else found | names
    return found


# ---- mounts ----------------------------------------------------------------------------------------------


def mount(source, target, flags):
    call("mount", source and os.fsencode(source), os.fsencode(target), None, flags, None)


def read_only(target):
    """With the flags that it has: a bind mount is remounted as a whole."""
    with open("/proc/self/mountinfo", encoding="utf-8") as info:
        options = next(f[5] for f in map(str.split, info) if f[4] == str(target)).split(",")
    flags = {"nosuid": 2, "nodev": 4, "noexec": 8, "noatime": 1024, "relatime": 1 << 21}
    kept = sum(flags.get(option, 0) for option in options)
    mount(None, target, MS_REMOUNT | MS_BIND | MS_RDONLY | kept)


def below(path, tops):
    return any(path == top or path.startswith(f"{top}/") for top in tops)


def protect(unit, writable):
    call("unshare", CLONE_NEWNS)
    mount(None, "/", MS_REC | MS_SLAVE)
    if words(unit, "ProtectSystem") != ["strict"]:
        raise SystemExit("sandbox: ProtectSystem=strict is what is known here")
    paths = [path.lstrip("-+") for path in words(unit, "ReadWritePaths")]
    writable = [*writable, *filter(os.path.isdir, paths)]
    hidden = ["/proc", "/sys", "/dev"]
    if words(unit, "ProtectKernelTunables") == ["yes"]:
        for path in ("/proc/sys", "/sys"):
            mount(path, path, MS_BIND | MS_REC)
        hidden = ["/dev", "/proc"]
    for path in writable:
        mount(path, path, MS_BIND | MS_REC)
    with open("/proc/self/mountinfo", encoding="utf-8") as info:
        targets = [line.split()[4] for line in info]
    for target in dict.fromkeys(targets):
        spared = below(target, hidden) and not below(target, ["/proc/sys"])
        if not spared and not below(target, writable) and os.path.exists(target):
            try:
                read_only(target)
            except OSError as error:
                # Shadowed by another mount, or not ours to change (a container's /sys).
                if error.errno not in (errno.EINVAL, errno.EPERM, errno.EBUSY):
                    raise


# ---- seccomp ---------------------------------------------------------------------------------------------


class Compare(ctypes.Structure):
    _fields_ = [
        ("argument", ctypes.c_uint), ("operator", ctypes.c_int),
        ("a", ctypes.c_uint64), ("b", ctypes.c_uint64),
    ]  # fmt: skip


EQUAL, MASKED_EQUAL = 4, 7
KILL, ALLOW, ERRNO = 0x80000000, 0x7FFF0000, 0x00050000


class Filter:
    def __init__(self, default):
        self.lib = ctypes.CDLL("libseccomp.so.2")
        self.lib.seccomp_init.restype = ctypes.c_void_p
        self.context = ctypes.c_void_p(self.lib.seccomp_init(ctypes.c_uint32(default)))

    def add(self, name, *compares, action=ALLOW):
        number = self.lib.seccomp_syscall_resolve_name(name.encode())
        if number == -1:
            return  # of another architecture
        array = (Compare * len(compares))(*compares)
        done = self.lib.seccomp_rule_add_array(
            self.context, ctypes.c_uint32(action), number, len(compares), array
        )
        if done not in (0, -errno.EDOM):  # a pseudo number that this architecture has no call for
            raise OSError(-done, f"seccomp: {name}")

    def load(self):
        done = self.lib.seccomp_load(self.context)
        if done:
            raise OSError(-done, "seccomp_load")


def build_filter(unit, strict):
    number = getattr(errno, words(unit, "SystemCallErrorNumber")[0])
    rules = Filter(KILL if strict else ERRNO | number)
    forbidden = sum(
        bit for name, bit in NAMESPACES.items() if name not in words(unit, "RestrictNamespaces")
    )
    no_wx = words(unit, "MemoryDenyWriteExecute") == ["yes"]
    for name in sorted(allowed_calls(unit)):
        if name == "socket":
            for family in words(unit, "RestrictAddressFamilies"):
                import socket

                rules.add(name, Compare(0, EQUAL, getattr(socket, family), 0))
        elif name in ("unshare", "clone"):
            rules.add(name, Compare(0, MASKED_EQUAL, forbidden, 0))
        elif name == "setns":
            rules.add(name, Compare(1, MASKED_EQUAL, forbidden, 0))
        elif name == "clone3":  # its flags lie in memory; glibc then takes clone
            rules.add(name, action=ERRNO | errno.ENOSYS)
        elif name in ("mmap", "mmap2") and no_wx:
            for protection in (0, PROT_WRITE, PROT_EXEC):
                rules.add(name, Compare(2, MASKED_EQUAL, PROT_WRITE | PROT_EXEC, protection))
        elif name in ("mprotect", "pkey_mprotect") and no_wx:
            rules.add(name, Compare(2, MASKED_EQUAL, PROT_EXEC, 0))
        else:
            rules.add(name)
    return rules


# ---- all of it -------------------------------------------------------------------------------------------


def limit(unit, key, which):
    """False: this host does not let even its root raise it, as some containers do not."""
    for value in words(unit, key):
        number = resource.RLIM_INFINITY if value == "infinity" else int(value)
        try:
            resource.setrlimit(which, (number, number))
        except ValueError:
            return False
    return True


def main(arguments):
    unit = read_unit(arguments.pop(0))
    unknown = set(unit) - set(CARRIED_OUT) - set(NO_MATTER)
    if unknown:
        raise SystemExit(f"sandbox: the unit says what is not carried out here: {sorted(unknown)}")
    strict, writable = False, []
    while arguments[0] != "--":
        word = arguments.pop(0)
        if word == "--strict":
            strict = True
        elif word == "--writable":
            writable.append(arguments.pop(0))
    rules = build_filter(unit, strict)
    limit(unit, "LimitRTPRIO", resource.RLIMIT_RTPRIO)
    limit(unit, "LimitMEMLOCK", resource.RLIMIT_MEMLOCK)
    limit(unit, "LimitCORE", resource.RLIMIT_CORE)
    protect(unit, writable)
    kept = {word.removeprefix("CAP_").lower() for word in words(unit, "CapabilityBoundingSet")}
    for number, name in enumerate(CAPABILITIES):
        if name not in kept:
            # EINVAL: the kernel does not have it.
            libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0)
    call("prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    if words(unit, "NoNewPrivileges") == ["yes"]:
        call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    rules.load()
    os.execvp(arguments[1], arguments[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
