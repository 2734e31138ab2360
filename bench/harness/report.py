"""Measured values as a section of a Markdown file."""

import dataclasses
import datetime
import os
import pathlib
import platform
import subprocess

#: What a file of results begins with when there is none yet.
HEADING = "# Results\n\nEach section is written by the script it names; see README.md for what the numbers are.\n"


@dataclasses.dataclass
class Row:
    """One measured value, with the bar that it has to reach if there is one."""

    what: str
    value: str
    bar: str = ""
    passes: bool | None = None

    def line(self):
        verdict = {True: "pass", False: "short", None: ""}[self.passes]
        return line_of((self.what, self.value, self.bar, verdict))


def at_most(what, value, bar, unit, note=""):
    """A row that passes when the value is not above the bar."""
    return Row(what, shown(value, unit, note), f"≤ {plain(bar)} {unit}".rstrip(), value <= bar)


def at_least(what, value, bar, unit="", note=""):
    """A row that passes when the value is not below the bar."""
    return Row(what, shown(value, unit, note), f"≥ {plain(bar)} {unit}".rstrip(), value >= bar)


def told(what, value, unit="", note=""):
    """A row without a bar."""
    return Row(what, shown(value, unit, note))


def holds(what, value, bar, passes):
    """A row about something that is either so or not."""
    return Row(what, value, bar, passes)


def shown(value, unit, note):
    return " ".join(part for part in (plain(value), unit, f"({note})" if note else "") if part)


def plain(value):
    """Four digits are enough to compare, and thousands are set apart."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) or abs(value) >= 1000:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.4g}"


def machine():
    """Where it was measured; the load says whether something else was running."""
    model = next((line.partition(":")[2].strip() for line in lines("/proc/cpuinfo") if "model name" in line), "?")
    memory = next((int(line.split()[1]) for line in lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    cores = len(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    return (
        f"{model}, {cores} cores, {memory * 1024 / 2**30:.0f} GiB, Linux {platform.release()}, "
        f"load {load:.1f} when the measuring began"
    )


def lines(path):
    return pathlib.Path(path).read_text().splitlines()


def version(binary):
    done = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def section(title, machine_line, version_line, rows):
    """The text between the markers."""
    lines = ["| what | measured | bar | |", "|---|---|---|---|", *(row.line() for row in rows)]
    return "\n".join([heading(title, machine_line, version_line), "", *lines])


def heading(title, machine_line, version_line):
    """What a section begins with: what was measured, when and where."""
    date = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"## {title}\n\n{version_line}; {date}; {machine_line}."


def table(header, rows):
    """Lines of a Markdown table."""
    return [line_of(header), "|---" * len(header) + "|", *map(line_of, rows)]


def line_of(cells):
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def rewrite(path, name, text):
    """Puts `text` between the markers of `name`; everything else in the file stays as it is."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    old = path.read_text(encoding="utf-8") if path.exists() else HEADING
    new = f"{begin}\n{text}\n{end}"
    if begin in old and end in old:
        before, _, rest = old.partition(begin)
        after = rest.partition(end)[2]
        path.write_text(before + new + after, encoding="utf-8")
    else:
        path.write_text(f"{old.rstrip()}\n\n{new}\n", encoding="utf-8")
