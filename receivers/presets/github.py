"""GitHub's webhooks: deployment statuses and workflow runs.

Source: https://docs.github.com/en/webhooks/webhook-events-and-payloads (read 2026-11).
"""

from __future__ import annotations

from integrations_project.lib.json_types import JSONObject
from receivers.presets.base import (
    Headers,
    Preset,
    Shape,
    Signing,
    has_object,
    has_text,
    header,
)

EVENT = "X-GitHub-Event"


def is_ping(body: JSONObject, headers: Headers) -> bool:
    """Whether it is the first post after the webhook was set up."""
    return header(headers, EVENT) == "ping" or {"zen", "hook_id"} <= body.keys()


def is_deployment_status(body: JSONObject, headers: Headers) -> bool:
    """Whether a deployment got a status."""
    del headers
    return has_text(body, "deployment_status", "state") and has_object(
        body, "deployment"
    )


def is_workflow_run(body: JSONObject, headers: Headers) -> bool:
    """Whether a workflow run ended; before that it has no conclusion."""
    del headers
    return has_text(body, "workflow_run", "conclusion")


def is_other(body: JSONObject, headers: Headers) -> bool:
    """Whether it is one of GitHub's many other events."""
    return bool(header(headers, EVENT)) or has_text(body, "workflow_run", "status")


PRESET = Preset(
    name="github",
    label="GitHub",
    about=(
        "Deployments and workflow runs: a failure is down, a success operational, a "
        "deployment under way maintenance."
    ),
    source=(
        "https://docs.github.com/en/webhooks/webhook-events-and-payloads (read 2026-11)"
    ),
    shapes=(
        Shape(
            name="ping",
            matches=is_ping,
            quiet="test",
            sentence="GitHub says hello after the webhook was set up.",
        ),
        Shape(
            name="deployment_status",
            matches=is_deployment_status,
            status_field="deployment_status.state",
            message_field=(
                "deployment_status.description ?? deployment.description ?? "
                "deployment.task"
            ),
            service_name_field="repository.full_name ?? repository.name",
            key_field="deployment_status.environment ?? deployment.environment",
            time_field="deployment_status.updated_at ?? deployment_status.created_at",
        ),
        Shape(
            name="workflow_run",
            matches=is_workflow_run,
            status_field="workflow_run.conclusion",
            message_field="workflow_run.display_title ?? workflow_run.name",
            service_name_field="repository.full_name ?? repository.name",
            key_field="workflow_run.workflow_id ?? workflow_run.name",
            time_field="workflow_run.updated_at",
        ),
        Shape(
            name="other",
            matches=is_other,
            quiet="unsupported",
            sentence=(
                "Only deployment statuses and completed workflow runs are read; choose "
                "these events in the webhook's settings at GitHub."
            ),
        ),
    ),
    mapping={
        "operational": ("success", "inactive"),
        "degraded": ("startup_failure", "timed_out"),
        "down": ("failure", "error"),
        "maintenance": ("in_progress", "pending", "queued"),
    },
    steps=(
        "In the repository open Settings, Webhooks, Add webhook.",
        "Paste {url} as Payload URL and choose the content type application/json.",
        "Paste the secret of this receiver as Secret.",
        "Choose the events Deployment statuses and Workflow runs.",
    ),
    sample={
        "deployment_status": {
            "id": 1,
            "state": "failure",
            "description": "Health check failed",
            "environment": "production",
            "created_at": "2026-11-20T09:12:44Z",
            "updated_at": "2026-11-20T09:12:44Z",
        },
        "deployment": {
            "id": 10,
            "ref": "main",
            "task": "deploy",
            "environment": "production",
        },
        "repository": {"id": 100, "full_name": "example/api", "name": "api"},
    },
    sample_headers={EVENT: "deployment_status"},
    signing=Signing(scheme="sha256_hex", header="X-Hub-Signature-256"),
    delivery_id_field="header:X-GitHub-Delivery",
)
