"""`/api/v1/preferences`: what the organization of the key decides once."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from alerts import actions
from alerts.actions.preferences import FIELDS
from alerts.models import Preferences
from integrations_project.lib.api.resources import Resource
from integrations_project.lib.api.serializers import RowSerializer


class PreferencesSerializer(RowSerializer):
    """How uptime is counted and which failures belong together."""

    class Meta:
        model = Preferences
        fields = FIELDS


class PreferencesResource(Resource):
    """Preferences: one for the organization. Changing them needs the scope admin."""

    model = Preferences
    serializer_class = PreferencesSerializer
    admin_scope_actions = frozenset({"partial_update"})

    def get_object(self) -> Preferences:
        return actions.find_preferences(self.access.organization)

    @extend_schema(operation_id="preferences_retrieve")
    def retrieve(self, request: Request) -> Response:
        """What was decided, or the defaults."""
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(operation_id="preferences_partial_update")
    def partial_update(self, request: Request) -> Response:
        """Decide some of it anew; what is not named stays."""
        serializer: Any = self.read_input(
            PreferencesSerializer, instance=self.get_object(), partial=True
        )
        saved = actions.save_preferences(serializer.row, actor=self.access.actor)
        return Response(self.get_serializer(saved).data)


#: One address, with and without its final slash.
preferences_view = PreferencesResource.as_view(
    {"get": "retrieve", "patch": "partial_update"}
)
