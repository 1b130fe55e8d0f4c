# SPDX-License-Identifier: GPL-2.0-only
"""All pages: links lead somewhere, what the questions tell to type is there, the index is complete, one version and
one address everywhere, and the captures show what the program prints today."""

import ast
import pathlib
import re
import xml.etree.ElementTree

import pytest

from program import TOP, flags_of, run, subcommands

PAGES = sorted(p.relative_to(TOP) for p in [*TOP.glob("*.md"), *TOP.glob("docs/**/*.md")])
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)


def text_of(page):
    return (TOP / page).read_text()


def anchors(page):
    """As the usual viewers make them of headings: punctuation goes, blanks are hyphens, the second one of a name is
    numbered."""
    found, seen = set(), {}
    for title in re.findall(r"^#+ (.*)$", FENCE.sub("", text_of(page)), re.M):
        slug = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        found.add(f"{slug}-{seen[slug]}" if slug in seen else slug)
        seen[slug] = seen.get(slug, 0) + 1
    return found


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page):
    wrong = []
    for link in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "`", FENCE.sub("", text_of(page)))):
        path, _, anchor = link.partition("#")
        if "://" in link or link.startswith("mailto:"):
            continue
        target = (TOP / page.parent / path).resolve() if path else TOP / page
        if not target.exists() or (anchor and anchor not in anchors(target.relative_to(TOP))):
            wrong.append(link)
    assert not wrong, f"{page}: {wrong}"


# ---- docs/faq.md ---------------------------------------------------------------------------------------

FAQ = pathlib.Path("docs/faq.md")


def test_every_question_is_listed():
    """At the top, for who looks for his own."""
    text = FENCE.sub("", text_of(FAQ))
    questions = re.findall(r"^### (.*)$", text, re.M)
    assert len(questions) > 20
    assert sorted(re.findall(r"\]\(#([^)]+)\)", text.partition("\n## ")[0])) == sorted(anchors(FAQ) - {"questions"})


def test_commands_of_the_questions():
    """Each subcommand and flag is one of the program's help."""
    text = text_of(FAQ)
    typed = [line for _, block in FENCE.findall(text) for line in block.splitlines()]
    typed += re.findall(r"`([^`\n]+)`", FENCE.sub("", text))
    ours = [line.partition(">")[0].split()[1:] for line in typed if line.startswith("vrrp-xdp ")]
    assert len(ours) > 15
    for subcommand, *rest in ours:
        assert subcommand in subcommands(), subcommand
        unknown = {word for word in rest if word.startswith("-")} - flags_of(subcommand)
        if (subcommand, *rest[:1]) != ("import", "vrrpd"):
            assert not unknown, f"{subcommand}: {unknown}"


def test_configurations_of_the_questions(tmp_path):
    """What a question shows passes check, in a section that has the rest."""
    needed = {"vrid": "55", "heartbeat": "eth1", "address": "192.0.2.10/24"}
    blocks = [block for kind, block in FENCE.findall(text_of(FAQ)) if kind == "ini"]
    assert len(blocks) > 8
    for block in blocks:
        there = set(re.findall(r"^([\w-]+) *=", block, re.M))
        lines = [f"{key} = {value}\n" for key, value in needed.items() if key not in there]
        path = tmp_path / "conf"
        path.write_text("[vrrp web]\n" + "".join(lines) + block)
        assert all(f"\n{key} = " in run("check", "-c", str(path)) for key in there), block


# ---- the rest of the face ------------------------------------------------------------------------------


def test_index_is_complete():
    """Of docs/, and of what lies beside the README."""
    listed = {str((TOP / "docs" / link).resolve().relative_to(TOP))
              for link in re.findall(r"\]\(([^)#]+)", text_of("docs/README.md"))}  # fmt: skip
    there = {str(p.relative_to(TOP)) for p in [*TOP.glob("*.md"), TOP / "COPYING", *TOP.glob("docs/*.*")]}
    there |= {f"docs/captures/{name}.svg" for name in CAPTURES} | {"docs/examples/README.md"}
    assert listed == there - {"docs/README.md"}


def releases():
    """(version, date as CHANGELOG.md has it) of debian/changelog, the newest first."""
    months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    text = text_of("debian/changelog")
    dates = re.findall(r"^ -- .*>  \w+, (\d+) (\w+) (\d+) ", text, re.M)
    dates = [f"{year}-{months.index(month) + 1:02}-{int(day):02}" for day, month, year in dates]
    return list(zip(re.findall(r"^vrrp-xdp \((\S+)\)", text, re.M), dates, strict=True))


def test_one_changelog():
    """Both have the same versions of the same days; the newest is the program's."""
    assert re.findall(r"^## (\S+) \((\S+)\)$", text_of("CHANGELOG.md"), re.M) == releases()
    assert run("--version") == f"vrrp-xdp {releases()[0][0]}\n"


def test_maintainers():
    """One name and address, and the newest version is a supported one."""
    maintainer = re.search(r"^Maintainer: (.*)$", text_of("debian/control"), re.M)[1]
    assert f"Upstream-Contact: {maintainer}\n" in text_of("debian/copyright")
    assert f"\n -- {maintainer}  " in text_of("debian/changelog").partition("\nvrrp-xdp (")[0]
    security = text_of("SECURITY.md")
    assert maintainer.partition("<")[2] in security
    assert f"\n| {releases()[0][0].rpartition('.')[0]} | yes |\n" in security


def test_licence():
    assert re.search(r"GNU GENERAL PUBLIC LICENSE\s+Version 2, June 1991", text_of("COPYING"))


# ---- docs/captures, which scripts/captures makes -------------------------------------------------------

CAPTURES = ("status", "top", "demo")
SVG = "{http://www.w3.org/2000/svg}"


def capture(name):
    """The lines of the picture, with one blank between two words."""
    root = xml.etree.ElementTree.parse(TOP / f"docs/captures/{name}.svg").getroot()
    assert root.tag == f"{SVG}svg" and root.find(f"{SVG}title").text and root.find(f"{SVG}desc").text
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags <= {"svg", "title", "desc", "style", "rect", "g", "text"}, tags
    return [" ".join(" ".join(t.text for t in line.iter(f"{SVG}text")).split()) for line in root.iter(f"{SVG}g")]


def golden(path, first):
    """The line that begins so in a file that a unit test holds against the program."""
    (line,) = [one for one in text_of(path).splitlines() if one.startswith(first)]
    return " ".join(line.split())


@pytest.mark.parametrize("name, path, headings", [
    ("status", "tests/unit/report/pair.txt", ["NAME "]),
    ("status", "tests/unit/report/pair.txt", ["  # WHEN "]),
    ("top", "tests/unit/top/80x24.txt", ["ROUTER ", "PEER ", "REFUSED ", "HISTORY", "q quits"]),
])  # fmt: skip
def test_captures_of_tables(name, path, headings):
    """The headings of today; `make captures` makes the pictures anew."""
    lines = capture(name)
    for heading in headings:
        assert golden(path, heading) in lines, f"{heading}: run sudo make captures"


def test_capture_of_the_demo():
    """Every sentence of the script, in its order."""
    said = [node.args[0].value for node in ast.walk(ast.parse(text_of("scripts/demo")))
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say"
            and node.args and isinstance(node.args[0], ast.Constant)]  # fmt: skip
    assert len(said) > 5
    lines = capture("demo")
    missing = [one for one in said if " ".join(one.split()) not in lines]
    assert not missing, f"{missing}: run sudo make captures"
