"""Make the tables of the documents from `benchmarks/results/`."""

from __future__ import annotations

from pathlib import Path

from benchmarks.report import RESULTS

ROOT = Path(__file__).resolve().parent.parent
BEGIN = "<!-- figures: made by make bench from benchmarks/results -->"
END = "<!-- end of figures -->"
HEAD = "| What | Measured | Goal | Met |\n|---|---|---|---|\n"
#: README shows those with a goal, the page on performance all.
SHORT, LONG = ROOT / "README.md", ROOT / "docs" / "performance.md"
ORDER = (
    "deliver",
    "sqlite",
    "hanging",
    "broken",
    "workers",
    "claim",
    "fan_out",
    "latency",
    "memory",
    "ingest",
    "lists",
    "uptime",
    "status_page",
    "monitors",
    "transport",
)


def write() -> None:
    """Put the rows of all results between the marks of both documents."""
    names = [name for name in ORDER if (RESULTS / f"{name}.txt").exists()]
    texts = {name: (RESULTS / f"{name}.txt").read_text() for name in names}
    rows = {
        name: [line for line in text.splitlines() if line.startswith("| ")]
        for name, text in texts.items()
    }
    goals = [row for found in rows.values() for row in found if has_goal(row)]
    replace(SHORT, HEAD + "\n".join(goals) if goals else "")
    parts = [
        f"### {name}\n\n{texts[name].splitlines()[0]}\n\n{HEAD}" + "\n".join(rows[name])
        for name in names
        if rows[name]
    ]
    replace(LONG, "\n\n".join(parts))


def has_goal(row: str) -> bool:
    return bool(row.split("|")[3].strip())


def replace(path: Path, text: str) -> None:
    before, begin, rest = path.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{path.name} lacks the marks of its table.")
    middle = f"{text}\n" if text else ""
    path.write_text(f"{before}{BEGIN}\n{middle}{END}{after}")


if __name__ == "__main__":
    write()
