"""How every benchmark says what it found: a table row a figure, and the machine.

Results are kept in `benchmarks/results/<name>.txt`: the machine, notes, and rows of
``| what | figure | goal | met |``, from which the tables of the documents are made.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table."""

    what: str
    value: str
    goal: str = ""
    is_met: bool | None = None  #: None: nothing was promised

    def __str__(self) -> str:
        met = {True: "yes", False: "**no**", None: ""}[self.is_met]
        return f"| {self.what} | {self.value} | {self.goal} | {met} |"


def describe_machine() -> str:
    """Return what ran it, and how busy it was with other things."""
    model = "unknown processor"
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    return (
        f"{time.strftime('%Y-%m-%d')}: {os.cpu_count()} cores ({model}), "
        f"{platform.system()} {platform.release().partition('-')[0]}, "
        f"Python {platform.python_version()}, load average "
        f"{os.getloadavg()[0]:.1f} at the end"
    )


def report(name: str, figures: Iterable[Figure], *, notes: Iterable[str] = ()) -> None:
    """Print the figures and keep them."""
    lines = [describe_machine(), *notes, *map(str, figures)]
    text = "\n".join(lines) + "\n"
    print(text, flush=True)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.txt").write_text(text)
