# SPDX-License-Identifier: GPL-2.0-only
"""What a virtual machine boots from: a kernel out of a Debian package, and an initramfs.

Kernels are downloaded with apt-get and unpacked below build/vm: nothing is installed, no boot loader is
touched. Depends on the standard library, apt-get and dpkg-deb; starts no machine.
"""

import os
import pathlib
import re
import stat
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[2]
WORK = TOP / "build/vm"
DEFAULT = "linux-image-cloud-amd64"
BUSYBOX = pathlib.Path("/bin/busybox")
QEMU = "qemu-system-x86_64"


class Failure(Exception):
    pass


def output(*command, timeout=300, **options):
    done = subprocess.run(
        [str(c) for c in command], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout,
        **options,
    )  # fmt: skip
    if done.returncode != 0:
        raise Failure(f"{' '.join(map(str, command))}: {done.stderr.strip() or done.returncode}")
    return done.stdout


# ---- the kernel ------------------------------------------------------------------------------------


def concrete(package):
    """The package with the image that a metapackage depends on, or the package itself."""
    for line in output("apt-cache", "depends", package).splitlines():
        match = re.match(r"\s*Depends: (linux-image-\d\S*)", line)
        if match:
            return match[1]
    return package


def kernel(package):
    """(release, image, directory of its modules), downloaded once."""
    name = concrete(package)
    root = WORK / name
    if not list(root.glob("boot/vmlinuz-*")):
        WORK.mkdir(parents=True, exist_ok=True)
        print(f"downloading {name}", flush=True)
        output("apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", name, cwd=WORK)
        archives = sorted(WORK.glob(f"{name}_*.deb"), key=lambda p: p.stat().st_mtime)
        output("dpkg-deb", "-x", archives[-1], root)
    image = next(root.glob("boot/vmlinuz-*"))
    release = image.name.removeprefix("vmlinuz-")
    return release, image, root / "lib/modules" / release


# ---- the initramfs -----------------------------------------------------------------------------------


def libraries(binary):
    """The dynamic linker and every library of a program, as absolute paths."""
    done = subprocess.run(["ldd", binary], capture_output=True, text=True, timeout=20)
    if "not found" in done.stdout:
        raise Failure(f"{binary}: {done.stdout}")
    return re.findall(r"(/\S+) \(0x", done.stdout)


class Archive:
    """A newc cpio archive in memory, made as files are added."""

    def __init__(self):
        self.parts, self.known, self.inode = [], set(), 0

    def _entry(self, name, mode, data=b""):
        self.inode += 1
        path = name.encode() + b"\0"
        fields = [self.inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path), 0]
        head = b"070701" + b"".join(b"%08X" % f for f in fields) + path
        self.parts.append(head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4))

    def directory(self, name):
        name = name.strip("/")
        if name and name not in self.known:
            self.directory(os.path.dirname(name))
            self.known.add(name)
            self._entry(name, stat.S_IFDIR | 0o755)

    def file(self, name, source, mode=0o755):
        name = str(name).strip("/")
        if name not in self.known:
            self.directory(os.path.dirname(name))
            self.known.add(name)
            self._entry(name, stat.S_IFREG | mode, pathlib.Path(source).read_bytes())

    def text(self, name, text, mode=0o755):
        self.directory(os.path.dirname(name))
        self._entry(name, stat.S_IFREG | mode, text.encode())

    def program(self, name, source):
        self.file(name, source)
        for library in libraries(source):
            self.file(library, library)

    def write(self, path):
        self._entry("TRAILER!!!", 0)
        path.write_bytes(b"".join(self.parts))

    def modules(self, root, names):
        """Those of the kernel modules below `root` that have one of the names."""
        for source in sorted(root.rglob("*.ko*")):
            if source.name.split(".")[0].replace("-", "_") in names:
                self.file(f"lib/modules/{root.name}/{source.relative_to(root)}", source, 0o644)
