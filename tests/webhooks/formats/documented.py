"""The documented examples, and events changed in one place for a test."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from pathlib import Path

from webhooks.formats.base import dump
from webhooks.formats.samples import build_sample

PAYLOADS = Path(__file__).parent / "payloads"


def read_payload(name):
    """Return a vendor's documented body."""
    return json.loads((PAYLOADS / f"{name}.json").read_text())


def list_payloads(prefix):
    return sorted(path.stem for path in PAYLOADS.glob(f"{prefix}*.json"))


def compact(document):
    """Return documented JSON as it is put on the wire: its order, no spaces."""
    return dump(document)


def change_event(event_type, *, occurred_at=None, event_id=None, **data):
    """Return the sample of a type with other data."""
    sample = build_sample(event_type)
    return dataclasses.replace(
        sample,
        id=event_id or sample.id,
        occurred_at=dt.datetime.fromisoformat(occurred_at)
        if occurred_at
        else sample.occurred_at,
        data=sample.data | data,
    )
