"""What a content monitor found, as Meter's content monitor sends it.

Source: https://docs.meter.sh/guides/webhooks and
https://docs.meter.sh/api-reference/rest/webhooks (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webhooks.datatypes import EventSnapshot
from webhooks.formats.base import JSON, WEBHOOK_ONLY, dump, in_seconds, refuse
from webhooks.formats.samples import build_sample

SAMPLE_TYPE = "monitor.job_completed"


class ContentChangeFormat:
    """One job: its results, or why it failed; the monitor's metadata is echoed."""

    name = "content_change"
    label = "Content change"
    description = "Jobs of content monitors only, completed and failed."
    kinds = WEBHOOK_ONLY
    content_type = JSON

    def carries(self, event_type: str) -> bool:
        """Carry jobs of monitors only."""
        return event_type.startswith("monitor.job_")

    def render(self, snapshot: EventSnapshot) -> str:
        """Return the job; one that failed has an error and no results."""
        if not self.carries(snapshot.type):
            refuse(self.name, snapshot, only="jobs of monitors")
        data = snapshot.data
        is_failed = snapshot.type == "monitor.job_failed"
        told = (
            ("error",)
            if is_failed
            else ("results", "item_count", "has_changes", "content_hash")
        )
        return dump(
            {
                "job_id": data["job_id"],
                "schedule_id": data["schedule_id"],
                "status": "failed" if is_failed else "completed",
                "url": data["url"],
                **{name: data[name] for name in told},
                # Not in the documented body: only where it would mislead.
                **({"results_truncated": True} if _is_cut(data) else {}),
                "completed_at": in_seconds(data["completed_at"]),
                "metadata": data["metadata"],
            }
        )

    def sample(self, event_type: str) -> EventSnapshot:
        """Return a made-up job."""
        return build_sample(event_type if self.carries(event_type) else SAMPLE_TYPE)


def _is_cut(data: Mapping[str, Any]) -> bool:
    """Whether a long page's results are there in part only."""
    return data.get("results_truncated") is True and "error" not in data
