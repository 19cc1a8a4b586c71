from __future__ import annotations

import ast
import re
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = ROOT / "integrations_project/settings.py"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
documents = pytest.mark.parametrize(
    "document",
    [pytest.param(each, id=str(each.relative_to(ROOT))) for each in DOCUMENTS],
)


def settings_read():
    """The names in `env.…("NAME")` calls of the settings."""
    for node in ast.walk(ast.parse(SETTINGS.read_text())):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        is_env = re.fullmatch(r"env\.\w+", ast.unparse(node.func))
        if is_env and isinstance(node.args[0], ast.Constant):
            yield node.args[0].value


def words(text):
    """The words of a heading as an anchor has them."""
    plain = re.sub(r"[^\w\- ]", "", text.strip().lower())
    return plain.replace(" ", "-")


def anchors(document):
    text = FENCE.sub("", document.read_text())
    return {words(line) for line in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


def test_settings_are_found():
    assert {"SECRET_KEY", "DATABASE_URL", "ENCRYPTION_KEYS"} <= set(settings_read())


def test_example_lists_every_setting():
    text = (ROOT / ".env.example").read_text()
    listed = re.findall(r"^#?\s?([A-Z][A-Z0-9_]+)=", text, re.MULTILINE)
    assert sorted(listed) == sorted(set(settings_read()))


def test_page_lists_every_setting():
    text = (ROOT / "docs/settings.md").read_text()
    listed = re.findall(r"^(?:\||#+) ?`([A-Z][A-Z0-9_]+)`", text, re.MULTILINE)
    assert sorted(listed) == sorted(set(settings_read()))


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "CONTRIBUTING.md"])
def test_document_exists(name):
    assert (ROOT / name).read_text().startswith("# ")


def test_readme_fits():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


def test_readme_starts_with_the_two_commands():
    first_screen = (ROOT / "README.md").read_text().splitlines()[:40]
    for command in ("make run", "make test"):
        assert any(command in line for line in first_screen)


def test_changelog_has_unreleased_on_top():
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert headings[0] == "Unreleased"


@documents
def test_links_lead_somewhere(document):
    broken = []
    for link in LINK.findall(FENCE.sub("", document.read_text())):
        path, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", path):
            continue
        target = document.parent / unquote(path) if path else document
        missing_anchor = anchor and target.suffix == ".md" and target.exists()
        if not target.exists() or (missing_anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []
