# SPDX-License-Identifier: GPL-2.0-only
"""Roots of Debian releases, in which this tree is built.

Each is made once by mmdebstrap from the archive that apt uses here, and kept below build/matrix as long as the
list of its packages stays. The sources are mounted into it, read-only; what is built there stays there, so a
second run compiles only what has changed. Nothing of the host is changed. Depends on tests/vm/machine.py; never
judges.
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "vm"))

from machine import MACHINES, TOP, Failure, apt_options, mirror, output  # noqa: E402

WORK = TOP / "build/matrix"
SUITES = {"bookworm": "Debian 12", "trixie": "Debian 13", "testing": "testing"}
# Other compilers and another libc; another processor, and what runs its programs here; and what the tests of
# tests/bpf need, which an arm64 guest of tests/vm/kernel-matrix runs.
OTHERS = """ca-certificates clang gcc musl-tools musl-dev:arm64 gcc-aarch64-linux-gnu libc6-dev-arm64-cross
    qemu-user-static libcmocka-dev:arm64 nettle-dev:arm64""".split()
LIBRARIES = ["bpf", "elf", "z", "mnl", "json-c", "ncursesw", "tinfo"]
HEADERS = """bpf libelf.h gelf.h elf.h zlib.h zconf.h libmnl json-c curses.h ncurses.h ncurses_dll.h
    unctrl.h""".split()

# The root, then the command. A network, /proc, /run and bpffs of its own; the sources in /src.
INSIDE = """
set -eu
mount -t proc proc "$1/proc"
mount -t sysfs sys "$1/sys"
mount -t bpf bpf "$1/sys/fs/bpf"
mount -t tmpfs run "$1/run"
mount -t tmpfs tmp "$1/tmp"
mount --bind "$2" "$1/src"
mount -o remount,bind,ro "$1/src"
root=$1
shift 2
exec chroot "$root" "$@"
"""


def build_packages():
    """What a build needs, by scripts/install-deps."""
    return output(TOP / "scripts/install-deps", "--list", "build", "--on", "debian").split()


def packages():
    needed = build_packages()
    other = [f"{p}:arm64" for p in needed if p.endswith("-dev") and p != "libc6-dev"]
    return sorted({*needed, *OTHERS, *other})


def root_of(suite):
    """Its root, made when the list of packages is new."""
    root, stamp = WORK / suite, WORK / f"{suite}.stamp"
    wanted = hashlib.sha256(" ".join(packages()).encode()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        if not shutil.which("mmdebstrap"):
            raise Failure("mmdebstrap is missing: scripts/install-deps vm")
        stamp.unlink(missing_ok=True)
        shutil.rmtree(root, ignore_errors=True)
        WORK.mkdir(parents=True, exist_ok=True)
        print(f"making a root of {SUITES[suite]}", flush=True)
        output(
            "mmdebstrap", "--mode=root", "--variant=minbase", "--architectures=amd64,arm64",
            f"--include={','.join(packages())}", "--skip=check/empty", *apt_options("--aptopt={}"),
            "--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/man/*",
            "--dpkgopt=path-exclude=/usr/share/locale/*", suite, root, f"deb {mirror()} {suite} main", timeout=1800,
        )  # fmt: skip
        (root / "src").mkdir()
        stamp.write_text(wanted)
    return root


def inside(root, *command, seconds=900, **environment):
    """A command in the root: (exit status, all that it said)."""
    done = subprocess.run(
        ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "sh", "-c", INSIDE, "sh", root, TOP,
         "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/", "LC_ALL=C.UTF-8",
         *(f"{name}={value}" for name, value in environment.items()), *command],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=seconds,
    )  # fmt: skip
    return done.returncode, done.stdout


# ---- compilers -----------------------------------------------------------------------------------------


def musl_directory(root, machine):
    """Debian's libraries are built with glibc, and their headers lie among glibc's: links to those that are
    needed, and to the kernel's, lie here."""
    made = root / f"musl-{machine}"
    shutil.rmtree(made, ignore_errors=True)
    (made / "include").mkdir(parents=True)
    (made / "lib").mkdir()
    own = f"usr/include/{machine}-linux-gnu"
    for name in ("linux", "asm-generic", *HEADERS):
        found = [d for d in (own, "usr/include") if (root / d / name).exists()]
        if found:
            (made / "include" / name).symlink_to(f"/{found[0]}/{name}")
    (made / "include/asm").symlink_to(f"/{own}/asm")
    for name in LIBRARIES:
        (made / f"lib/lib{name}.so").symlink_to(f"/usr/lib/{machine}-linux-gnu/lib{name}.so")
    return made.name


def musl_variables(root, machine, cc):
    """For make. The program is linked with musl's libc and start files. The libraries, which are glibc's,
    stand for those that a distribution of musl has: what they lack of libc is not asked for."""
    directory = musl_directory(root, machine)
    lib = f"/usr/lib/{machine}-linux-musl"
    own, runtime = (
        inside(root, *cc.split(), f"-print-{what}")[1].strip() for what in ("file-name=include", "libgcc-file-name")
    )
    # The Makefile links with the flags that it compiles with: clang says of one that it serves nothing there.
    quiet = " -Wno-unused-command-line-argument" if cc.startswith("clang") else ""
    # Those helpers of gcc's ask glibc which atomic instructions there are.
    atomics = ["CFLAGS=-O2 -g -mno-outline-atomics"] if machine == "aarch64" else []
    include = f"-isystem /usr/include/{machine}-linux-musl -isystem {own} -idirafter /{directory}/include"
    return [
        f"CPPFLAGS=-nostdinc {include}{quiet}",
        f"LDFLAGS=-nostdlib {lib}/Scrt1.o {lib}/crti.o -L{lib} -L/{directory}/lib",
        f"PKG_LIBS={' '.join('-l' + name for name in LIBRARIES)} -lc {runtime} {lib}/crtn.o"
        " -Wl,--unresolved-symbols=ignore-in-shared-libs",
        *atomics,
    ]


def compiler(arch, name):
    if name == "clang":
        return "clang" if arch == "amd64" else "clang --target=aarch64-linux-gnu"
    return name if arch == "amd64" else "aarch64-linux-gnu-gcc"


def make(root, out, arch, cc, *words, seconds=1800):
    """(exit status, what it said). `words` are variables and goals."""
    environment = {}
    if arch != "amd64":
        environment["PKG_CONFIG_LIBDIR"] = f"/usr/lib/{MACHINES[arch]}-linux-gnu/pkgconfig:/usr/share/pkgconfig"
    return inside(
        root, "nice", "make", "-C", "/src", f"-j{len(os.sched_getaffinity(0))}", f"O={out}", f"CC={cc}", *words,
        seconds=seconds, **environment,
    )  # fmt: skip
