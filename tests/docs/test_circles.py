# SPDX-License-Identifier: GPL-2.0-only
"""No file needs another one that needs it: files that call each other in a circle are one thing cut in pieces."""

import pathlib
import re
import subprocess

TOP = pathlib.Path(__file__).resolve().parent.parent.parent


def circles(needs):
    """The groups of files, of two or more, that need each other. needs: file -> files."""

    def reached(start):
        seen, todo = set(), [start]
        while todo:
            for file in needs.get(todo.pop(), ()):
                if file not in seen:
                    seen.add(file)
                    todo.append(file)
        return seen

    reach = {file: reached(file) for file in needs}
    groups = {frozenset(other for other in reach[file] if file in reach.get(other, ())) for file in needs}
    return sorted(sorted(group) for group in groups if len(group) > 1)


def why(names, group):
    """The names in `group` by which each file needs another one of it, a line for each two files."""
    return "".join(
        f"\n  {file} needs {', '.join(sorted(used))} of {other}"
        for (file, other), used in sorted(names.items())
        if file in group and other in group
    )


def symbols():
    """(file, other) -> functions and data that file takes from other, of all that the program links."""
    done = subprocess.run(["make", "-s", "print-OBJS"], cwd=TOP, capture_output=True, text=True, check=True)
    objects = done.stdout.split()
    listed = subprocess.run(["nm", "-A", "-P", *objects], cwd=TOP, capture_output=True, text=True, check=True)
    defined, wanted, names = {}, [], {}
    for line in listed.stdout.splitlines():
        path, symbol = line.split(": ", 1)
        file = re.sub(r"build/obj/(.*)\.o", r"src/\1.c", path)
        name, kind = symbol.split()[:2]
        if kind == "U":
            wanted.append((file, name))
        elif kind.isupper():
            defined[name] = file
    for file, name in wanted:
        if name in defined:
            names.setdefault((file, defined[name]), set()).add(name)
    return names


def test_a_circle_is_found():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"d"}}) == []
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"e"}, "e": {"f"}, "f": {"d"}}) == [
        ["b", "c"],
        ["d", "e", "f"],
    ]


def test_no_file_calls_in_a_circle():
    names, needs = symbols(), {}
    for file, other in names:
        needs.setdefault(file, set()).add(other)
    assert "src/core/vrrp/router_step.c" in needs["src/core/vrrp/router.c"]
    found = circles(needs)
    assert not found, "".join(f"\n{' '.join(group)}:{why(names, group)}" for group in found)


def test_no_header_includes_in_a_circle():
    paths = [path for room in ("src", "bpf", "include") for path in (TOP / room).rglob("*.h")]
    roots = [TOP / room for room in ("src", "bpf", "include")]
    needs = {}
    for path in paths:
        for name in re.findall(r'^#\s*include\s+"([^"]+)"', path.read_text(), re.M):
            hit = next((root / name for root in roots if (root / name).is_file()), None)
            if hit:
                needs.setdefault(str(path.relative_to(TOP)), set()).add(str(hit.relative_to(TOP)))
    assert "include/vrrp_abi.h" in needs["bpf/judge.h"] | needs["bpf/advert_locate.h"]
    assert circles(needs) == []
