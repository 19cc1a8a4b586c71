"""What a bulk replay takes, and how it is shown."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from integrations_project.lib.api.fields import Number, Reference, Time, Words
from integrations_project.lib.api.serializers import Errors, Input
from webhooks.actions.replays import DEFAULT_STATUSES, REPLAYABLE
from webhooks.models import Destination, Replay


class OneOrMore(Words):
    """A list of words, or one word alone."""

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value([data] if isinstance(data, str) else data)


class ReplayInput(Input):
    """Which deliveries are sent again; an empty body takes the last week."""

    status = OneOrMore(
        required=False,
        help_text=(
            f"One or a list of {', '.join(REPLAYABLE)}; left out: "
            f"{' and '.join(DEFAULT_STATUSES)}."
        ),
    )
    since = Time(
        required=False,
        allow_null=True,
        help_text="Deliveries made at or after this; left out: a week before until.",
    )
    until = Time(
        required=False,
        allow_null=True,
        help_text="Deliveries made before this; left out: now.",
    )

    def judge(self, values: dict[str, Any], errors: Errors, data: Any) -> None:
        values.setdefault("status", list(DEFAULT_STATUSES))


class ReplaySerializer(serializers.ModelSerializer[Replay]):
    """Deliveries of one webhook that are sent again in the background."""

    webhook = Reference(Destination, source="destination", read_only=True)
    total = Number(source="total_count", read_only=True)
    queued = Number(source="queued_count", read_only=True)
    left_out = Number(
        source="left_out_count",
        read_only=True,
        help_text="Without a body, or changed before their turn came.",
    )
    since = Time(read_only=True)
    until = Time(read_only=True)
    statuses = serializers.ListField(child=serializers.CharField(), read_only=True)
    created_at = Time(read_only=True)
    finished_at = Time(read_only=True, allow_null=True)

    class Meta:
        model = Replay
        fields = (
            "id",
            "webhook",
            "status",
            "total",
            "queued",
            "left_out",
            "statuses",
            "since",
            "until",
            "requested_by",
            "created_at",
            "finished_at",
        )
        read_only_fields = fields
