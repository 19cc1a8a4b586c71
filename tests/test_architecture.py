"""The rooms and the arrows of the house, held by walking the syntax trees."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = "integrations_project"
#: From the top of the house to its foundation: each may import what is below it.
FLOORS = (
    {PROJECT},
    {"receivers", "monitors"},
    {"alerts"},
    {"webhooks"},
    {"accounts"},
    {f"{PROJECT}.lib"},
)
APPS = {app for floor in FLOORS[1:-1] for app in floor}
FRONT_DOORS = {"actions", "datatypes", "exceptions", "models"}
MORE_FRONT_DOORS = {"accounts": {"admin", "limits", "permissions"}}
#: Libraries that exactly one module of ours may import.
SEAMS = {
    "pycurl": "webhooks/engine/libcurl.py",
    "requests": "integrations_project/lib/http.py",
}
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
MAX_MODULE_LINES = 400
MAX_FUNCTION_LINES = 40


class Import(NamedTuple):
    """One imported module or name, as a dotted path."""

    target: str
    line: int


class Module(NamedTuple):
    """One file of the program."""

    path: str  # from the root
    tree: ast.Module
    line_count: int

    @property
    def room(self) -> str:
        """The app, or the project, or its lib."""
        if self.path.startswith(f"{PROJECT}/lib/"):
            return f"{PROJECT}.lib"
        return self.path.partition("/")[0]

    def imports(self):
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (Import(name.name, node.lineno) for name in node.names)
            elif isinstance(node, ast.ImportFrom):
                for name in node.names:
                    yield Import(f"{node.module}.{name.name}", node.lineno)


def program_files():
    """The files of the product itself: no tests, benchmarks or migrations."""
    for room in sorted(APPS | {PROJECT}):
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


MODULES = [
    Module(str(path.relative_to(ROOT)), ast.parse(text), text.count("\n"))
    for path in program_files()
    for text in [path.read_text()]
]


def room_of(target: str) -> str:
    """Return the room that an import leads to; empty when it is not ours."""
    first, _, rest = target.partition(".")
    if first == PROJECT:
        return f"{PROJECT}.lib" if rest.partition(".")[0] == "lib" else PROJECT
    return first if first in APPS else ""


def floor_of(room: str) -> int:
    return next(number for number, floor in enumerate(FLOORS) if room in floor)


def all_imports():
    for module in MODULES:
        for target, line in module.imports():
            yield module, target, f"{module.path}:{line}: {target}"


def test_imports_point_down():
    wrong = [
        place
        for module, target, place in all_imports()
        if (room := room_of(target))
        and target != f"{PROJECT}.__version__"
        and room != module.room
        and floor_of(room) <= floor_of(module.room)
    ]
    assert wrong == []


def test_other_apps_are_entered_by_the_front_door():
    wrong = [
        place
        for module, target, place in all_imports()
        if module.room in APPS
        and (room := room_of(target)) in APPS - {module.room}
        and target.split(".")[1] not in FRONT_DOORS | MORE_FRONT_DOORS.get(room, set())
    ]
    assert wrong == []


def test_lib_has_no_models():
    wrong = [
        f"{module.path}: {node.name}"
        for module in MODULES
        if module.room == f"{PROJECT}.lib"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
        and {"models.Model", "Model"} & {ast.unparse(base) for base in node.bases}
    ]
    assert wrong == []


@pytest.mark.parametrize("library", SEAMS)
def test_one_module_talks_to_the_network(library):
    wrong = [
        place
        for module, target, place in all_imports()
        if target.split(".")[0] == library and module.path != SEAMS[library]
    ]
    assert wrong == []


def test_own_apps_send_no_signals():
    wrong = [
        place
        for _, target, place in all_imports()
        if target.startswith("django.dispatch.Signal")
    ]
    assert wrong == []


def test_modules_fit_in_the_head():
    wrong = [
        f"{module.path}: {module.line_count} lines"
        for module in MODULES
        if module.line_count > MAX_MODULE_LINES
    ]
    assert wrong == []


def test_functions_end_on_the_screen():
    wrong = [
        f"{module.path}: {node.name}: {length} lines"
        for module in MODULES
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := length_without_docstring(node)) > MAX_FUNCTION_LINES
    ]
    assert wrong == []


def test_names_say_something():
    parts = {
        (module.path, part)
        for module in MODULES
        for part in Path(module.path).with_suffix("").parts
    }
    assert {path for path, part in parts if part in VAGUE_NAMES} == set()


def length_without_docstring(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    length = (node.end_lineno or node.lineno) - node.lineno + 1
    if ast.get_docstring(node, clean=False) is not None:
        docstring = node.body[0]
        length -= (docstring.end_lineno or 0) - docstring.lineno + 1
    return length


@pytest.mark.parametrize(
    ("source", "target", "is_wrong"),
    [
        pytest.param("alerts", "webhooks.actions.publish", False, id="down"),
        pytest.param("webhooks", "alerts.models.Service", True, id="up"),
        pytest.param("receivers", "monitors.models.Monitor", True, id="beside"),
        pytest.param("accounts", f"{PROJECT}.lib.ids", False, id="lib"),
        pytest.param("accounts", f"{PROJECT}.settings", True, id="project"),
        pytest.param(f"{PROJECT}.lib", "accounts.models.User", True, id="from lib"),
        pytest.param(PROJECT, "receivers.tasks.prune", False, id="from project"),
    ],
)
def test_floors(source, target, is_wrong):
    assert (floor_of(room_of(target)) <= floor_of(source)) is is_wrong
