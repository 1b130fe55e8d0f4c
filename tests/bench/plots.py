# SPDX-License-Identifier: GPL-2.0-only
"""Plots as SVG, by gnuplot. Depends on gnuplot-nox and report.py's Plot; measures nothing."""

import subprocess

HEAD = """set terminal svg size 760,380 font "sans-serif,12" background "#ffffff"
set grid lc rgb "#dddddd"
set key outside right top
set border 3
set tics nomirror
set style line 1 lw 2 lc rgb "#0b6e4f"
set style line 2 lw 2 lc rgb "#c1440e"
set style line 3 lw 2 lc rgb "#6b6b6b" dt 2
set style line 4 lw 2 lc rgb "#2f5d9b" dt 4
set style line 5 lw 2 lc rgb "#a17c00" dt 3
"""


def draw(plot):
    """The SVG's text."""
    blocks = ""
    for name, rows in plot.series.items():
        lines = "\n".join(" ".join(str(n) for n in row) for row in rows)
        blocks += f"${name} << END\n{lines}\nEND\n"
    done = subprocess.run(
        ["gnuplot"], input=HEAD + blocks + plot.commands, capture_output=True, text=True, timeout=60
    )
    if done.returncode != 0 or "</svg>" not in done.stdout:
        raise AssertionError(f"gnuplot: {plot.name}: {done.stderr}")
    return done.stdout


def distribution(report, name, alt, unit, samples):
    """The share of numbers up to a value, a line for each {label: numbers}."""
    series, lines = {}, []
    for n, (label, numbers) in enumerate(samples.items(), 1):
        rows = [(x, 100 * (i + 1) / len(numbers)) for i, x in enumerate(sorted(numbers))]
        series[f"s{n}"] = [(rows[0][0], 0), *rows]
        lines.append(f'$s{n} using 1:2 with steps ls {n} title "{label}"')
    commands = f'set logscale x\nset xlabel "{unit}"\nset ylabel "% of runs"\nset yrange [0:100]\n'
    report.plot(name, alt, commands + "plot " + ", ".join(lines) + "\n", **series)
