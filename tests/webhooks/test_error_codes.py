"""Every error code of an attempt explains itself and is in the documents."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from integrations_project.lib.http_headers import HeaderRefused
from integrations_project.lib.net_policy import AddressRefused, UrlRefused
from webhooks.exceptions import ServiceRefused

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/delivery.md"
SOURCES = sorted(
    [ROOT / "integrations_project/lib/http_failures.py", *ROOT.glob("webhooks/**/*.py")]
)
#: A failure that passes on what a check said has the code of that check.
REFUSALS = (AddressRefused, HeaderRefused, ServiceRefused, UrlRefused)


def failures():
    """Every place where a `Failure` is made, with what it is given."""
    for path in SOURCES:
        tree = ast.parse(path.read_text())
        constants = {
            ast.unparse(node.targets[0]): node.value
            for node in tree.body
            if isinstance(node, ast.Assign)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Failure":
                given = {
                    each.arg: constants.get(ast.unparse(each.value), each.value)
                    for each in node.keywords
                    if each.arg
                }
                yield f"{path.relative_to(ROOT)}:{node.lineno}", given


def codes_made():
    for _, given in failures():
        for node in ast.walk(given["code"]) if "code" in given else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
    yield from (refusal.code for refusal in REFUSALS)


def codes_listed():
    section = PAGE.read_text().partition("## Error codes")[2]
    return re.findall(r"^\| `([a-z_0-9]+)` \|", section, re.MULTILINE)


def test_failures_are_found():
    assert {"dns_failed", "timeout", "http_error"} <= set(codes_made())


def test_page_lists_every_code_once():
    assert sorted(codes_listed()) == sorted(set(codes_made()))


@pytest.mark.parametrize("part", ["code", "detail", "hint"])
def test_every_failure_has(part):
    wrong = []
    for place, given in failures():
        value = given.get(part)
        is_empty = isinstance(value, ast.Constant) and not value.value
        if (part not in given and None not in given and given) or is_empty:
            wrong.append(place)
    assert wrong == []
