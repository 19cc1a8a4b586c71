"""`/api/v1/rules`: which events are sent to which webhooks, when and how often."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Network
from alerts import actions
from alerts.api.rule_fields import (
    Conditions,
    LeastSeverity,
    NameList,
    Settings,
    Targets,
)
from alerts.api.rule_trials import (
    PREVIEW_SCHEMA,
    TEST_SCHEMA,
    RuleTestSerializer,
    show_preview,
    show_test,
)
from alerts.conditions import RuleSpec
from alerts.models import Rule, Service
from alerts.problems import list_rule_problems
from integrations_project.lib.api.fields import References, Words
from integrations_project.lib.api.resources import Configurable
from integrations_project.lib.api.serializers import Errors, Input, RowSerializer

RELATIONS = ("networks", "excluded_networks", "services", "targets")


class RuleSerializer(RowSerializer):
    """Sends matching events to its targets."""

    event_types = Words()
    networks = References(Network)
    excluded_networks = References(Network)
    services = References(Service)
    labels = Settings()
    minimum_severity = LeastSeverity(allow_blank=True, allow_null=True)
    conditions = Conditions()
    allowed_names = NameList()
    ignored_names = NameList()
    options = Settings()
    active_hours = Settings()
    targets = Targets(required=True)
    problems = serializers.SerializerMethodField()

    class Meta:
        model = Rule
        fields = (
            "id",
            "label",
            "description",
            "enabled",
            "event_types",
            "company_wide",
            "networks",
            "excluded_networks",
            "services",
            "labels",
            "minimum_severity",
            "conditions",
            "allowed_names",
            "ignored_names",
            "options",
            "active_hours",
            "delay_seconds",
            "repeat_seconds",
            "targets",
            "problems",
            "created_at",
            "updated_at",
        )
        read_only_fields = ("id", "created_at", "updated_at")

    def get_problems(self, rule: Rule) -> list[str]:
        """Why it tells nobody, or not all: deleted webhooks, and disabled ones."""
        return list_rule_problems(rule)

    def judge(self, values: dict[str, Any], errors: Errors, data: Any) -> None:
        super().judge(values, errors, data)
        if not errors.keys() & {"networks", "company_wide"}:
            related = self.list_related(values)
            if not self.row.company_wide and not related["networks"]:
                message = "Choose at least one network, or make the rule company wide."
                errors["networks"] = [message]

    def list_related(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return all related rows: those given now, or else those it has."""
        related: dict[str, Any] = {
            name: values[name] if name in values else self._stored(name)
            for name in RELATIONS
        }
        if "targets" in values:
            told = values["targets"]
            further = [t for t in told if isinstance(t, actions.FurtherTarget)]
            related["further_targets"] = further
            related["targets"] = [t for t in told if t not in further]
        return related

    def build_spec(self) -> RuleSpec:
        """Return what the row asks for, with the relations that were given."""
        related = self.list_related(self.validated_data)
        return actions.build_spec(
            self.row,
            services=related["services"],
            networks=related["networks"],
            excluded_networks=related["excluded_networks"],
        )

    def _stored(self, name: str) -> list[Any]:
        return [] if self.instance is None else list(getattr(self.instance, name).all())


class RulePreviewSerializer(RuleSerializer):
    """A rule that is not saved; it needs neither a name nor targets yet."""

    targets = Targets(required=False)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        unnamed = isinstance(data, dict) and not data.get("label")
        return super().to_internal_value(data | {"label": "New"} if unnamed else data)


class RuleResource(Configurable):
    """Rules: which events are sent to which webhooks."""

    model = Rule
    serializer_class = RuleSerializer
    slow_actions = frozenset({"test"})

    def select(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.prefetch_related(*RELATIONS, "further_targets__sender")

    def make(self, serializer: RuleSerializer) -> tuple[Rule, dict[str, Any]]:
        return self._store(serializer), {}

    def save(self, serializer: RuleSerializer) -> Rule:
        return self._store(serializer)

    def remove(self, row: Rule) -> None:
        actions.delete_rule(row, actor=self.access.actor)

    def _store(self, serializer: RuleSerializer) -> Rule:
        related = serializer.list_related(serializer.validated_data)
        is_wide = serializer.row.company_wide
        self.require_networks([] if is_wide else related["networks"])
        return actions.save_rule(serializer.row, actor=self.access.actor, **related)

    @extend_schema(
        operation_id="rules_preview_unsaved",
        request=RulePreviewSerializer,
        responses={200: PREVIEW_SCHEMA},
    )
    @action(detail=False, methods=["post"], url_path="preview")
    def preview_unsaved(self, request: Request) -> Response:
        """Tell which events of the last 7 days a rule would have matched.

        The body is that of create; label and targets may be left out. Nothing is
        saved or sent.
        """
        serializer = self.read_input(RulePreviewSerializer)
        return self._preview(serializer.build_spec())

    @extend_schema(request=Input, responses={200: PREVIEW_SCHEMA})
    @action(detail=True, methods=["post"])
    def preview(self, request: Request, pk: str) -> Response:
        """Tell which events of the last 7 days this rule would have matched."""
        rule = self.get_object()
        self.read_input(Input)
        return self._preview(actions.build_spec(rule))

    def _preview(self, spec: RuleSpec) -> Response:
        organization = self.access.organization
        now = timezone.now()
        found = actions.preview_rule(organization, spec, now=now)
        return Response(show_preview(found))

    @extend_schema(request=RuleTestSerializer, responses={200: TEST_SCHEMA})
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: str) -> Response:
        """Judge a past event by this rule, and say why or why not.

        Sends nothing; with `target`, the event is sent to that webhook once, marked
        as a test, whether the rule matches or not.
        """
        rule = self.get_object()
        asked = self.read_input(RuleTestSerializer).validated_data
        target = asked.get("target")
        if target is not None:
            self.access.require_edit(rule)
            self.access.require_edit(target)
        tried = actions.try_rule(
            actions.build_spec(rule),
            asked["event"],
            actor=self.access.actor,
            now=timezone.now(),
            destination=target,
        )
        return Response(show_test(tried))
