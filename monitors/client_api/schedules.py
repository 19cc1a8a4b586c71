"""`/api/schedules`: pages that are read again and again, and what changed on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from rest_framework import exceptions, serializers
from rest_framework.response import Response

from accounts.permissions import Access
from integrations_project.lib.api.fields import Flag
from integrations_project.lib.api.serializers import Input
from monitors.actions import pulling
from monitors.actions import schedules as actions
from monitors.client_api.base import ClientResource, Pages, cut, limit_field
from monitors.client_api.schedule_inputs import (
    Rescheduling,
    Scheduling,
    read_schedule,
)
from monitors.client_api.shapes import show_changelog, show_changes, show_schedule
from monitors.models import Schedule

if TYPE_CHECKING:
    from rest_framework.request import Request

#: The client asks for all of them at once.
MAX_LISTED = 1_000
READ_ONLY_KEY = (
    "Marking changes as seen needs an API key with the scope write; send "
    "mark_seen=false to look only."
)


class ListingSchedules(Pages):
    """The query parameters of a list of schedules."""

    limit = limit_field(usual=MAX_LISTED, most=MAX_LISTED)


class Pulling(Input):
    """The query parameters of ``get_schedule_changes``."""

    mark_seen = Flag(required=False, default=True)
    filter = serializers.CharField(required=False, default="", allow_blank=True)


class Logging(Pages):
    """The query parameters of ``get_schedule_changelog``."""

    include_items = Flag(required=False, default=True)
    filter = serializers.CharField(required=False, default="", allow_blank=True)


class Schedules(ClientResource):
    """Schedules, their webhooks, and the changes that they found."""

    model = Schedule

    def select(self, rows: Any) -> Any:
        related = rows.select_related("destination", "strategy")
        return related.prefetch_related("networks")

    def find_to_edit(self, pk: str) -> Schedule:
        """Return a schedule that this key may change."""
        schedule: Schedule = self.find(self.get_queryset(), pk)
        self.access.require_edit(schedule)
        return schedule

    def create(self, request: Request) -> Response:
        """Begin to read one page or several; a new secret is shown this once."""
        given = self.read_input(Scheduling).validated_data
        self.require_networks(given.get("networks", []))
        schedule, secret = actions.create_schedule(
            self.access.organization,
            strategy=given["strategy_id"],
            values=read_schedule(given),
            actor=self.access.actor,
            now=timezone.now(),
        )
        return self._show(schedule, secret, status=201)

    def list(self, request: Request) -> Response:
        """All of them, the newest first."""
        rows = self.get_queryset().order_by("-pk")
        page = cut(rows, self.read_query(ListingSchedules))
        return Response([show_schedule(each) for each in page])

    def retrieve(self, request: Request, pk: str) -> Response:
        """One of them."""
        return Response(show_schedule(self.find(self.get_queryset(), pk)))

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what was sent; ``webhook_secret: ""`` makes a new secret."""
        schedule = self.find_to_edit(pk)
        given = self.read_input(Rescheduling).validated_data
        if "networks" in given:
            self.require_networks(given["networks"])
        changed, secret = actions.change_schedule(
            schedule,
            values=read_schedule(given),
            actor=self.access.actor,
            now=timezone.now(),
        )
        return self._show(changed, secret)

    def destroy(self, request: Request, pk: str) -> Response:
        """Delete it; its runs stay."""
        schedule = self.find_to_edit(pk)
        actions.delete_schedule(schedule, actor=self.access.actor, now=timezone.now())
        message = "The schedule was deleted; its runs stay."
        return Response({"message": message, "schedule_id": pk})

    def changes(self, request: Request, pk: str) -> Response:
        """The runs with changes that nobody has pulled yet."""
        schedule = self.find(self.get_queryset(), pk)
        given = self.read_query(Pulling)
        if given["mark_seen"]:
            require_write(self.access)
        found = pulling.list_changes(
            schedule,
            filter_text=given["filter"],
            mark_seen=given["mark_seen"],
            now=timezone.now(),
        )
        return Response(show_changes(found, schedule))

    def changelog(self, request: Request, pk: str) -> Response:
        """Every run with changes, the newest first, with what came and went."""
        schedule = self.find(self.get_queryset(), pk)
        given = self.read_query(Logging)
        found = pulling.list_changelog(
            schedule,
            filter_text=given["filter"],
            limit=given["limit"],
            offset=given["offset"],
            include_items=given["include_items"],
        )
        return Response(show_changelog(found, schedule, given))

    def regenerate_secret(self, request: Request, pk: str) -> Response:
        """Make a new secret, shown in this one answer."""
        schedule = self.find_to_edit(pk)
        self.read_input(Input)
        secret = actions.regenerate_secret(
            schedule, actor=self.access.actor, now=timezone.now()
        )
        return Response({"schedule_id": str(schedule.pk), "webhook_secret": secret})

    def _show(
        self, schedule: Schedule, secret: str | None, *, status: int = 200
    ) -> Response:
        fresh = self.find(self.get_queryset(), str(schedule.pk))
        shown_once = {"webhook_secret": secret} if secret else {}
        return Response(show_schedule(fresh) | shown_once, status=status)


def require_write(access: Access) -> None:
    """Refuse a key that only reads what it would change by reading.

    Raises:
        PermissionDenied: With what to send instead.
    """
    if not access.can_edit:
        raise exceptions.PermissionDenied(READ_ONLY_KEY)
