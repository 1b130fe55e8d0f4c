# SPDX-License-Identifier: GPL-2.0-only
"""README.md and README.zh-CN.md say the same: sections, code, links, tables and numbers, section by
section. Only a reader can compare the prose. Links lead somewhere, commands exist, the configuration passes
`check`, and the measured figures are those of the benchmarks."""

import re

import pytest

from program import TOP, run, subcommands

ENGLISH, CHINESE = "README.md", "README.zh-CN.md"


def sections(name):
    """[(level, code blocks, prose without them)], and the titles."""
    text = (TOP / name).read_text()
    parts, titles, block = [(0, [], [])], [], None
    for line in text.splitlines():
        if line.startswith("```"):
            if block is None:
                block = [line]
            else:
                parts[-1][1].append(block)
                block = None
        elif block is not None:
            block.append(line)
        elif re.match("#+ ", line):
            titles.append(line.lstrip("# "))
            parts.append((len(line.split()[0]), [], []))
        else:
            parts[-1][2].append(line)
    assert block is None, f"{name}: a code block without an end"
    return titles, [(level, blocks, "\n".join(prose)) for level, blocks, prose in parts]


def code(line):
    """What is typed: without the comment of a configuration, and without an explanation, two blanks away or
    behind a bracket."""
    line = line.partition(";")[0].rstrip()
    if re.match(r"\S+ += ", line):
        return " ".join(line.split())
    return re.split(r"(?<=\S) {2,}|(?<=\]) (?!\[)", line)[0]


def pairs():
    _, english = sections(ENGLISH)
    titles, chinese = sections(CHINESE)
    assert [part[0] for part in english] == [part[0] for part in chinese], "other sections"
    return list(zip(["the head", *titles], english, chinese))


def differing(of):
    """Where the two differ in what `of` sees of a section."""
    return [(title, of(e), of(c)) for title, e, c in pairs() if of(e) != of(c)]


def test_same_code():
    """To the line: a command or a key that is only in one of them is missing in the other."""
    for title, (_, english, _), (_, chinese, _) in pairs():
        assert len(english) == len(chinese), f"{title}: other code blocks"
        for one, other in zip(english, chinese):
            if one == other:
                continue
            # A figure has no explanations that one could translate: it is the same, or wrong.
            assert [code(line) for line in one] == [code(line) for line in other], title


def test_same_tables_and_lists():
    def shape(part):
        rows = [line.count(" |") for line in part[2].splitlines() if line.startswith("|")]
        return rows, len(re.findall(r"^- ", part[2], re.M))

    assert not differing(shape)


def test_same_words_of_the_program():
    """What stands in backquotes."""
    assert not differing(lambda part: sorted(re.findall(r"`[^`]+`", part[2].replace("\n", " "))))


def test_same_numbers():
    def numbers(part):
        return sorted(re.findall(r"\d+(?:\.\d+)*", re.sub(r"`[^`]*`", "", part[2])))

    assert not differing(numbers)


def links(part):
    found = re.findall(r"\]\(([^)]+)\)", part[2])
    return sorted(link for link in found if not link.startswith(("#", "README")))


def test_same_links():
    assert not differing(links)


@pytest.mark.parametrize("name, other", [(ENGLISH, CHINESE), (CHINESE, ENGLISH)])
def test_links_lead_somewhere(name, other):
    """To files of the tree and to headings of the page; and to the other language, at the top."""
    text = (TOP / name).read_text()
    titles, _ = sections(name)
    anchors = {"#" + re.sub(r"[^\w\- ]", "", title).lower().replace(" ", "-") for title in titles}
    for link in re.findall(r"\]\(([^)]+)\)", text):
        if link.startswith("#"):
            assert link in anchors, f"{name}: {link} is no heading"
        elif "://" not in link:
            assert (TOP / link).exists(), f"{name}: {link} is missing"
    assert f"]({other})" in "\n".join(text.splitlines()[:6])


@pytest.mark.parametrize("name", [ENGLISH, CHINESE])
def test_commands_are_there(name):
    """What a README tells to type is a subcommand."""
    typed = set()
    for _, blocks, _ in sections(name)[1]:
        for block in blocks:
            typed |= {m.group(1) for line in block if (m := re.match(r"vrrp-xdp ([a-z]+)", line))}
    assert len(typed) > 8 and typed <= set(subcommands()), typed - set(subcommands())


@pytest.mark.parametrize("name", [ENGLISH, CHINESE])
def test_starts_with_the_two_commands(name):
    """The first section after the introduction tells how to run the demo and the tests."""
    _, parts = sections(name)
    first = parts[2][1][0]
    assert [code(line) for line in first[1:]] == ["sudo make demo", "sudo make test"]


def ini(name):
    return [block[1:] for _, blocks, _ in sections(name)[1] for block in blocks if block[0] == "```ini"]


def accepted(lines, tmp_path):
    path = tmp_path / "vrrp-xdp.conf"
    path.write_text("\n".join(lines) + "\n")
    return run("check", "-c", str(path))


def test_configuration_is_accepted(tmp_path):
    """The file of server 1, that of server 2, and the first with the keys that make it safer."""
    first, second, safer = ini(ENGLISH)
    assert "address = 42.51.67.93/24" in accepted(first, tmp_path)

    def replaced(lines):
        keys = {line.split()[0] for line in lines}
        return [line for line in first if line.split()[0] not in keys] + lines

    assert len(replaced(second)) == len(first)
    assert "standby-address = 192.168.1.94/24" in accepted(replaced(second), tmp_path)
    key = tmp_path / "key1"
    key.write_text("hex:" + "5a" * 32)
    key.chmod(0o600)
    printed = accepted(replaced([line.replace("/etc/vrrp-xdp/key1", str(key)) for line in safer]), tmp_path)
    assert all(re.search(rf"^{line.split()[0]} = ", printed, re.M) for line in safer), printed


def test_figures_are_measured():
    """Each one of the table of figures is a figure of the benchmarks, rounded."""
    prose = "\n".join(prose for _, _, prose in sections(ENGLISH)[1])
    rows = prose.partition("| | vrrp-xdp | keepalived |\n")[2].partition("\n\n")[0].splitlines()[1:]
    pages = "".join(path.read_text() for path in (TOP / "docs").glob("benchmarks*.md"))
    measured = [float(n.replace(",", "")) for n in re.findall(r"(?<![\w.])\d[\d,]*(?:\.\d+)?", pages)]
    assert len(rows) > 5
    for row in rows:
        for figure in (re.match(r"[\d.]+", cell.strip()).group() for cell in row.split("|")[2:4]):
            digits = len(figure.partition(".")[2])
            assert any(f"{m:.{digits}f}" == figure for m in measured), f"{figure} of: {row}"
