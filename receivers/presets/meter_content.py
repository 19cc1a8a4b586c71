"""Meter's content monitor: one post for each job.

Source: https://docs.meter.sh/guides/webhooks (read 2026-11).
"""

from __future__ import annotations

from integrations_project.lib.json_types import JSONObject
from receivers.presets.base import Headers, Preset, Shape, Signing, has_text


def is_job(body: JSONObject, headers: Headers) -> bool:
    """Whether a job of a schedule has ended."""
    del headers
    return has_text(body, "status") and {"job_id", "schedule_id"} <= body.keys()


PRESET = Preset(
    name="meter_content",
    label="Meter (content monitor)",
    about="Jobs: a failed one is down, a completed one operational.",
    source="https://docs.meter.sh/guides/webhooks (read 2026-11)",
    shapes=(
        Shape(
            name="job",
            matches=is_job,
            status_field="status",
            message_field="error",
            service_name_field="metadata.service ?? url ?? schedule_id",
            key_field="schedule_id",
            time_field="completed_at",
        ),
    ),
    mapping={"operational": ("completed",), "down": ("failed",)},
    steps=(
        "Give the schedule {url} as webhook_url.",
        "Paste its webhook_secret, shown once, as the secret of this receiver.",
    ),
    sample={
        "job_id": "2f3d8c1e-0000-4000-8000-000000000001",
        "schedule_id": "7b1a4c2d-0000-4000-8000-000000000002",
        "status": "failed",
        "url": "https://example.com/pricing",
        "error": "Page not accessible: 404 Not Found",
        "completed_at": "2026-11-20T09:12:44Z",
        "metadata": {},
    },
    signing=Signing(scheme="shared_secret", header="X-Webhook-Secret"),
    delivery_id_field="job_id",
)
