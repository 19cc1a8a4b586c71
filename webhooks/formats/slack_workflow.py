"""Variables for a workflow of Slack that a webhook starts: one flat object of texts.

Such a trigger takes the variables that its maker named, each of the type text; what
is missing or null fails the run, so every key is always there.

Source: https://slack.com/help/articles/360041352714-Build-a-workflow--Create-a-workflow-that-starts-outside-of-Slack
(read 2026-11).
"""

from __future__ import annotations

from typing import Any

from webhooks.datatypes import EventSnapshot
from webhooks.formats.announcement import announce
from webhooks.formats.base import JSON, WEBHOOK_AND_CHAT, dump, iso_seconds
from webhooks.formats.samples import build_sample

MAX_TEXT_LENGTH = 2000
#: Of a monitor's run, further variables; "" where it has none.
JOB_FIELDS = (
    "job_id",
    "schedule_id",
    "status",
    "item_count",
    "has_changes",
    "content_hash",
    "error",
    "completed_at",
)


class SlackWorkflowFormat:
    """``{"title", "text", "facts", "url", …}``, every value a text."""

    name = "slack_workflow"
    label = "Slack workflow"
    description = "Every event, as variables for a workflow that a webhook starts."
    kinds = WEBHOOK_AND_CHAT
    content_type = JSON

    def carries(self, event_type: str) -> bool:
        """Carry every type of event."""
        return bool(event_type)

    def render(self, snapshot: EventSnapshot) -> str:
        """Return the variables; those of runs are there for events of monitors only."""
        told = announce(snapshot)
        variables = {
            "type": snapshot.type,
            "title": told.title,
            "text": told.text[:MAX_TEXT_LENGTH],
            "facts": "\n".join(f"{name}: {value}" for name, value in told.facts),
            "url": told.url,
            "occurred_at": iso_seconds(snapshot.occurred_at),
        }
        if snapshot.type.startswith("monitor."):
            data = snapshot.data
            variables["url"] = _show(data.get("url"))
            variables["monitor"] = _show((data.get("monitor") or {}).get("name"))
            variables |= {name: _show(data.get(name)) for name in JOB_FIELDS}
            metadata = data.get("metadata")
            variables["metadata"] = dump(metadata) if metadata else ""
        return dump(variables)

    def sample(self, event_type: str) -> EventSnapshot:
        """Return a made-up event of the type, else a plain test event."""
        return build_sample(event_type)


def _show(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)[:MAX_TEXT_LENGTH]
