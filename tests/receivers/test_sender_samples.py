"""Posts that real senders made, from a directory outside of the repository.

`SENDER_SAMPLES` names it; CONTRIBUTING.md says how its files look.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from receivers.models import Receipt
from receivers.presets import list_presets
from tests.factories import make_organization
from tests.receivers.conftest import Sender

DIRECTORY = os.environ.get("SENDER_SAMPLES", "")
#: Of two posts about one thing the recovery is told after what it recovers from.
RECOVERS = ("resolved", "-ok", "closed", "recovered", "-up", "resolve", "success")
COLUMNS = ("file", "sender", "read", "outcome")

pytestmark = [pytest.mark.samples, pytest.mark.django_db]


def list_samples():
    files = sorted(Path(DIRECTORY).glob("*.json")) if DIRECTORY else []
    samples = [path for path in files if is_body(path)]
    return sorted(samples, key=lambda path: path.stem.endswith(RECOVERS))


def is_body(path):
    """Whether a file is a post; a list of signature vectors is none."""
    return isinstance(json.loads(path.read_bytes()), dict)


def guess_headers(path):
    """Return the headers that a sender gives its event in: `<sender>-<event>.json`."""
    sender, _, event = path.stem.partition("-")
    words = event.partition("-")[0]
    return {
        "github": {"X-GitHub-Event": words},
        "sentry": {"Sentry-Hook-Resource": "issue" if words == "issue" else words},
    }.get(sender, {})


def describe(path, answer, receipt):
    """Return a row of the table: what was recognised, read and done."""
    items = answer.get("items") or []
    read = "; ".join(
        f"{item['raw_status']} → {item['status']} → {item['service']}"
        for item in items
        if item["raw_status"]
    )
    reasons = sorted({item["reason"] for item in items} - {""})
    reason = ", ".join(reasons) or answer.get("code", "")
    outcome = f"{answer['result']} {f'({reason})' if reason else ''}".strip()
    return path.name, receipt.preset or "plain fields", read or "nothing", outcome


def print_table(rows, capsys):
    widths = [max(map(len, column)) for column in zip(COLUMNS, *rows, strict=True)]
    with capsys.disabled():
        print()
        for row in (COLUMNS, *rows):
            cells = (text.ljust(w) for text, w in zip(row, widths, strict=True))
            print(" | ".join(cells).rstrip())


def test_every_sample_is_answered(make_sender, capsys):
    samples = list_samples()
    assert samples, f"There is no JSON object in a file of {DIRECTORY}."
    sender: Sender = make_sender(
        organization=make_organization(),
        service=None,
        preset="detect",
        create_unknown_services=True,
        auto_create_incidents="degraded",
    )
    rows = []
    for path in samples:
        response = sender.post(path.read_bytes(), **guess_headers(path))
        assert response.status_code in {200, 400}, path.name
        receipt = sender.last_receipt()
        assert response.json()["receipt"] == str(receipt.pk)
        rows.append(describe(path, response.json(), receipt))
    assert Receipt.objects.count() == len(samples)
    known = {preset.name for preset in list_presets()}
    assert {sender for _, sender, _, _ in rows} <= known | {"plain fields"}
    print_table(sorted(rows), capsys)
