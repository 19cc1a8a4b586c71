"""Finds the processes that live below one of ours."""

from __future__ import annotations

from pathlib import Path

import psutil


def list_members(root: int, *, generations: int = 2) -> set[int]:
    """Return the ids of the living descendants of a process.

    Two generations are a cluster's own processes: its sentinel, and what the sentinel
    started. What those start in turn, a pump for a suspect, may come and go.

    A process that has ended but was not waited for yet counts as gone: its parent
    may be stuck and never look.
    """
    found: set[int] = set()
    parents = {root}
    for _ in range(generations):
        parents = {child for parent in parents for child in _list_children(parent)}
        found |= parents
    return {each for each in found if _is_alive(each)}


def _list_children(process_id: int) -> list[int]:
    # One small file on Linux; psutil would read all of /proc for each answer.
    tasks = Path(f"/proc/{process_id}/task")
    try:
        texts = [(task / "children").read_text() for task in tasks.iterdir()]
    except OSError:
        return _list_children_slowly(process_id)
    return [int(word) for text in texts for word in text.split()]


def _list_children_slowly(process_id: int) -> list[int]:
    try:
        return [child.pid for child in psutil.Process(process_id).children()]
    except psutil.Error:
        return []


def _is_alive(process_id: int) -> bool:
    try:
        status = psutil.Process(process_id).status()
    except psutil.Error:
        return False
    return bool(status not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD))
