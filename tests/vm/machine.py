# SPDX-License-Identifier: GPL-2.0-only
"""What a virtual machine boots from: a kernel out of a Debian package, and an initramfs.

Kernels are downloaded with an apt that has its directories below build/vm, and unpacked there: nothing is
installed, no boot loader is touched, and the host's apt stays as it is. Depends on the standard library, apt,
dpkg-deb and readelf; starts no machine.
"""

import os
import pathlib
import re
import stat
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[2]
WORK = TOP / "build/vm"
# Debian 12's, 13's and testing's: 6.1, 6.12 and what comes next. The first one is that of the servers' disk.
KERNELS = {arch: [f"{suite}:linux-image-cloud-{arch}" for suite in ("bookworm", "trixie", "testing")]
           for arch in ("amd64", "arm64")}  # fmt: skip
DEFAULT = KERNELS["amd64"][0]
BUSYBOX = pathlib.Path("/bin/busybox")
QEMU = "qemu-system-x86_64"
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}  # as compilers and qemu call them


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


# ---- the archive -----------------------------------------------------------------------------------


def mirror():
    """Of Debian: where apt gets it here."""
    lines = output(
        "apt-get", "indextargets", "--format", "$(ORIGIN) $(LABEL) $(REPO_URI)", "Created-By: Packages"
    ).splitlines()
    found = [line.split()[2] for line in lines if line.startswith("Debian Debian ")]
    if not found:
        raise Failure("apt knows no archive of Debian: apt-get update")
    return found[0]


def apt_options(form):
    """How apt gets to its archives here, for another apt: each setting in this form."""
    settings = re.findall(
        r"^(Acquire::(?:Check-\S+|Retries|https?::Proxy\S*) \".+\");$", output("apt-config", "dump"), re.M
    )
    return [form.format(setting) for setting in settings]


# ---- the kernel ------------------------------------------------------------------------------------


def private_apt(suite, arch, update=False):
    """The options of an apt that knows this release and this processor, and nothing of the host's packages."""
    root = WORK / f"apt-{suite}-{arch}"
    options = []
    for name, value in (
        ("Dir::State", root / "state"), ("Dir::State::status", root / "status"), ("Dir::Cache", root / "cache"),
        ("Dir::Etc::sourcelist", root / "sources.list"), ("Dir::Etc::sourceparts", "-"),
        ("Dir::Etc::preferences", "-"), ("Dir::Etc::preferencesparts", "-"),
        ("APT::Architecture", arch), ("APT::Architectures", arch), ("APT::Sandbox::User", "root"),
    ):  # fmt: skip
        options += ["-o", f"{name}={value}"]
    if update or not (root / "status").exists():
        for name in ("state/lists/partial", "cache/archives/partial"):
            (root / name).mkdir(parents=True, exist_ok=True)
        (root / "sources.list").write_text(f"deb {mirror()} {suite} main\n")
        output("apt-get", *options, "-q", "update")
        (root / "status").touch()
    return options


def depends(package, kinds, apt):
    """Those of its dependencies that are a kernel's package of one of these kinds."""
    said = output("apt-cache", *apt, "depends", package)
    return re.findall(rf"^\s*Depends: (linux-(?:{kinds})-\d\S*)", said, re.M)


def concrete(package, apt):
    """The package with the image that a metapackage depends on, or the package itself."""
    return (depends(package, "image", apt) or [package])[0]


def kernel(package, arch="amd64"):
    """(release, image, directory of its modules) of RELEASE:PACKAGE, downloaded once."""
    suite, _, package = package.rpartition(":")
    if not suite:
        raise Failure(f"{package}: of which release? bookworm:{package}, trixie:{package}")
    name = concrete(package, private_apt(suite, arch))
    root = WORK / f"{name}-{suite}"
    if not list(root.rglob("vmlinuz*")):
        apt = private_apt(suite, arch, update=True)
        name = concrete(package, apt)
        root = WORK / f"{name}-{suite}"
        root.mkdir(parents=True, exist_ok=True)
        print(f"downloading {name} of {suite}", flush=True)
        # Since Linux 7, Debian's package of the image depends on those with the files.
        names = [name, *depends(name, "binary|modules", apt)]
        output("apt-get", *apt, "-q", "download", *names, cwd=root, timeout=900)
        for archive in root.glob("*.deb"):
            output("dpkg-deb", "-x", archive, root)
            archive.unlink()
    image = next(root.rglob("vmlinuz*"))
    modules = next(d for top in ("lib", "usr/lib") for d in (root / top / "modules").glob("*"))
    return modules.name, image, modules


# ---- the initramfs -----------------------------------------------------------------------------------


def libraries(binary, root, arch):
    """The dynamic linker and every library of a program, whose libraries lie below root: absolute paths there."""
    found, left = {}, [binary]
    places = [f"{top}/{MACHINES[arch]}-linux-gnu" for top in ("lib", "usr/lib")]
    while left:
        said = output("readelf", "--wide", "--program-headers", "--dynamic", left.pop())
        names = re.findall(r"program interpreter: (/\S+)\]", said)
        for name in names + re.findall(r"\(NEEDED\).*\[(\S+)\]", said):
            if name in found:
                continue
            there = [p for p in (name.lstrip("/"), *(f"{place}/{name}" for place in places)) if (root / p).exists()]
            if not there:
                raise Failure(f"{binary}: {name} is not below {root}")
            found[name] = f"/{there[0]}"
            left.append(root / there[0])
    return list(found.values())


class Archive:
    """A newc cpio archive in memory, made as files are added. Libraries come from below root."""

    def __init__(self, root=pathlib.Path("/"), arch="amd64"):
        self.root, self.arch = root, arch
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
        for library in libraries(source, self.root, self.arch):
            self.file(library, self.root / library.lstrip("/"))

    def write(self, path):
        self._entry("TRAILER!!!", 0)
        path.write_bytes(b"".join(self.parts))

    def modules(self, root, names):
        """Those of the kernel modules below `root` that have one of the names."""
        for source in sorted(root.rglob("*.ko*")):
            if source.name.split(".")[0].replace("-", "_") in names:
                self.file(f"lib/modules/{root.name}/{source.relative_to(root)}", source, 0o644)
