"""What every script of measurements does: it reads its arguments, runs what was asked for, tells it."""

import argparse
import pathlib
import sys

from . import report
from .peers import FOLDER, Peers


def run(title, about, scenarios, tables, peers=()):
    """Runs the scenarios that were asked for; `tables` says what the folder of tables must hold, if there is one.

    Where `peers` names the libraries to compare with, a scenario is also given their environment.
    The Markdown table is printed, and with --out it replaces the section `title` of that file.
    """
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--binary", required=True, type=pathlib.Path, help="the program to measure")
    if tables:
        parser.add_argument("--tables", required=True, type=pathlib.Path, help=f"the folder of {tables}")
    parser.add_argument("--out", type=pathlib.Path, help="the file whose section is rewritten")
    parser.add_argument("--only", default="".join(scenarios), help="letters of scenarios, for example `ac`")
    if peers:
        parser.add_argument("--venv", default=FOLDER, type=pathlib.Path, help="the folder the peers are installed into")
    arguments = parser.parse_args()
    if unknown := set(arguments.only) - set(scenarios):
        parser.error(f"there is no scenario {', '.join(sorted(unknown))}")
    binary = arguments.binary.resolve()
    given, versions = [arguments.tables] if tables else [], report.version(binary)
    if peers:
        given.append(Peers(arguments.venv))
        versions += f", {given[-1].versions(*peers)}"
    machine = report.machine()
    rows = []
    for letter in arguments.only:
        scenario = scenarios[letter]
        print(f"{letter}: {scenario.__doc__.splitlines()[0]}", file=sys.stderr, flush=True)
        for row in scenario(binary, *given):
            print(f"   {row.line()}", file=sys.stderr, flush=True)
            rows.append(row)
    text = report.section(title, machine, versions, rows)
    print(text)
    if arguments.out:
        report.rewrite(arguments.out, title.lower(), text)
    # A number that misses its bar is told, in the table and to whoever called.
    sys.exit(any(row.passes is False for row in rows))
