# SPDX-License-Identifier: GPL-2.0-only
"""The servers' disk: Debian 12 with systemd as process 1, a stock cloud kernel, and our package in it.

Made once by mmdebstrap from the archive that apt uses here, and kept below build/vm: the base as long as
its recipe (this file, tests/vm/server) stays, the disk as long as the package in it does. What a server is
called and which addresses it has comes from the kernel's command line, so that both boot the same disk.
VRRP_XDP_KERNEL=trixie:linux-image-cloud-amd64 puts another kernel below the same Debian 12.
Depends on machine.py; starts no machine.
"""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess

from machine import BUSYBOX, DEFAULT, TOP, WORK, Archive, Failure, kernel, output

HERE = pathlib.Path(__file__).resolve().parent
KERNEL = os.environ.get("VRRP_XDP_KERNEL", DEFAULT)
SERVER = HERE / "server"
# The package's own dependencies, so that installing it asks no archive; ip and ifupdown are what a Debian
# server has; perl, which the control channel is written in, is in every Debian.
PACKAGES = """systemd systemd-sysv udev ifupdown iproute2 kmod iputils-ping procps
    libbpf1 libjson-c5 libmnl0 libncursesw6 libelf1""".split()
# Test programs are sanitized.
PACKAGES += ["libasan8", "libubsan1", "libcmocka0", "libnettle8"]
# The other two managers of interfaces are there, and stand still until a test chooses one of them: systemd-networkd
# is part of systemd. A NAT gateway needs the last two.
PACKAGES += ["network-manager", "nftables", "conntrackd"]
ASLEEP = ["NetworkManager.service", "NetworkManager-wait-online.service", "conntrackd.service"]
# Nothing that a test needs, and seconds each on an emulated processor.
MASKED = """apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service
    fstrim.timer systemd-tmpfiles-clean.timer getty@tty1.service serial-getty@ttyS0.service
    ifupdown-pre.service systemd-update-utmp.service systemd-update-utmp-runlevel.service
    systemd-random-seed.service systemd-pcrphase.service systemd-pcrphase-sysinit.service""".split()
DISK_MODULES = """virtio virtio_ring virtio_pci virtio_pci_legacy_dev virtio_pci_modern_dev virtio_blk
    virtio_console""".split()
VERSION = re.match(r"vrrp-xdp \((\S+)\)", (TOP / "debian/changelog").read_text()).group(1)
NEXT = f"{VERSION}+next"


def archives():
    """deb lines of the Debian archive that apt is configured for."""
    lines = output(
        "apt-get", "indextargets", "--format", "deb $(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"
    )
    return sorted({line for line in lines.splitlines() if line.split()[2].startswith("bookworm")})


def recipe():
    digest = hashlib.sha256()
    for path in (HERE / "image.py", HERE / "machine.py", *sorted(SERVER.rglob("*"))):
        if path.is_file():
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def base(release, modules):
    """A directory with Debian and the kernel's modules, made when its recipe is new."""
    root, stamp = WORK / "base", WORK / "base.stamp"
    wanted = hashlib.sha256(f"{PACKAGES}{release}".encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return root
    stamp.unlink(missing_ok=True)
    shutil.rmtree(root, ignore_errors=True)
    sources = archives()
    if not sources:
        raise Failure("apt knows no archive of Debian 12 (bookworm)")
    print("test-vm: making Debian 12", flush=True)
    output(
        "mmdebstrap", "--mode=root", "--variant=minbase", f"--include={','.join(PACKAGES)}",
        '--dpkgopt=path-exclude=/usr/share/doc/*', '--dpkgopt=path-exclude=/usr/share/man/*',
        '--dpkgopt=path-exclude=/usr/share/locale/*', "--skip=check/empty",
        "bookworm", root, *sources, timeout=900,
    )  # fmt: skip
    shutil.copytree(modules, root / "lib/modules" / release, symlinks=True)
    output("chroot", root, "depmod", release)
    stamp.write_text(wanted)
    return root


def package(version):
    """Our .deb, built below build/vm, as that version."""
    source, out = WORK / "source", WORK / f"deb-{version}"
    shutil.rmtree(source, ignore_errors=True)
    for name in output("git", "ls-files", "--cached", "--others", "--exclude-standard", cwd=TOP).splitlines():
        if (TOP / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TOP / name, source / name)
    # The copy lies where git ignores everything: scripts/package asks git, so it is told of this one.
    output("git", "init", "-q", source)
    changelog = source / "debian/changelog"
    changelog.write_text(changelog.read_text().replace(f"({VERSION})", f"({version})", 1))
    output(source / "scripts/package", "deb", out, timeout=900)
    shutil.rmtree(source)


def sources_digest():
    """Of everything that the package is built from."""
    names = output(
        "git", "ls-files", "--cached", "--others", "--exclude-standard",
        "bpf", "completions", "debian", "include", "scripts", "src", "vmlinux", "Makefile", "docs", cwd=TOP,
    ).splitlines()  # fmt: skip
    digest = hashlib.sha256()
    for name in names:
        if (TOP / name).is_file():
            digest.update(name.encode() + (TOP / name).read_bytes())
    return digest.hexdigest()[:16]


def packages():
    """(this version's .deb, the next version's .deb), built when a source has changed."""
    stamp = WORK / "deb.stamp"
    digest = sources_digest()
    if not stamp.exists() or stamp.read_text() != digest:
        print("test-vm: building the packages", flush=True)
        stamp.unlink(missing_ok=True)
        for version in (VERSION, NEXT):
            package(version)
        stamp.write_text(digest)
    found = [next((WORK / d).glob("vrrp-xdp_*.deb"), None) for d in (f"deb-{VERSION}", f"deb-{NEXT}")]
    if None in found:
        stamp.unlink()
        raise Failure(f"no package below {WORK}: run it again")
    return found


def disk():
    """(kernel image, initramfs, disk image): what a server boots."""
    release, image, modules = kernel(KERNEL)
    root = base(release, modules)
    debs = packages()
    made, stamp = WORK / "server.ext4", WORK / "server.stamp"
    digest = hashlib.sha256(recipe().encode() + release.encode())
    for deb in debs:
        digest.update(deb.read_bytes())
    ramdisk = WORK / "server.cpio"
    if not stamp.exists() or stamp.read_text() != digest.hexdigest():
        stamp.unlink(missing_ok=True)
        print("test-vm: making the servers' disk", flush=True)
        ramdisk_for(modules, ramdisk)
        tree = WORK / "tree"
        shutil.rmtree(tree, ignore_errors=True)
        output("cp", "-a", "--reflink=auto", root, tree)
        furnish(tree, debs)
        made.unlink(missing_ok=True)
        output("mkfs.ext4", "-q", "-F", "-m", "0", "-E", "lazy_itable_init=1", "-d", tree, made, "1200M")
        shutil.rmtree(tree)
        stamp.write_text(digest.hexdigest())
    return image, ramdisk, made


def furnish(tree, debs):
    """Our package, and what makes a server of the base."""
    for deb in debs:
        shutil.copy(deb, tree / "root" / deb.name)
    output("chroot", tree, "dpkg", "-i", f"/root/{debs[0].name}")
    shutil.copytree(SERVER, tree, dirs_exist_ok=True)
    for path in (tree / "usr/local/sbin").iterdir():
        path.chmod(0o755)
    wants = tree / "etc/systemd/system/sysinit.target.wants"
    wants.mkdir(parents=True, exist_ok=True)
    (wants / "test-control.service").symlink_to("/etc/systemd/system/test-control.service")
    output("chroot", tree, "systemctl", "--quiet", "disable", *ASLEEP)
    for unit in MASKED:
        link = tree / "etc/systemd/system" / unit
        link.unlink(missing_ok=True)
        link.symlink_to("/dev/null")
    (tree / "etc/machine-id").write_text("")
    (tree / "etc/hostname").unlink(missing_ok=True)


INIT = """#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /root
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t devtmpfs dev /dev
depmod -a
for module in virtio_pci virtio_blk virtio_console; do modprobe $module; done
until [ -e /dev/vda ]; do usleep 20000; done
mount -t ext4 -o rw,noatime /dev/vda /root
for word in $(cat /proc/cmdline); do
    case $word in server.*) eval "${word#server.}" ;; esac
done
echo "$name" >/root/etc/hostname
sed -e "s/@PUBLIC@/$public/" -e "s/@PRIVATE@/$private/" /root/etc/network/interfaces.in \\
    >/root/etc/network/interfaces
umount /proc
mount --move /dev /root/dev
exec switch_root /root /sbin/init
"""


def ramdisk_for(modules, path):
    """The few modules that the disk needs; then the disk's own init."""
    archive = Archive()
    for name in ("proc", "sys", "dev", "root", "bin"):
        archive.directory(name)
    archive.text("init", INIT)
    archive.file("bin/busybox", BUSYBOX)
    archive.modules(modules, DISK_MODULES)
    archive.write(path)


def overlay(made, path):
    """A disk of one's own on top of it."""
    path.unlink(missing_ok=True)
    output("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", made, path)
    return path


def missing():
    """Packages without which nothing here works."""
    tools = {
        "qemu-system-x86_64": "qemu-system-x86", "qemu-img": "qemu-utils", "mmdebstrap": "mmdebstrap",
        "mkfs.ext4": "e2fsprogs", "dpkg-buildpackage": "debhelper",
    }  # fmt: skip
    found = [package for tool, package in tools.items() if not shutil.which(tool)]
    return found + ([] if BUSYBOX.exists() else ["busybox-static"])


if __name__ == "__main__":
    try:
        print(*disk(), sep="\n")
    except (Failure, OSError, subprocess.TimeoutExpired) as error:
        raise SystemExit(f"test-vm: {error}") from None
