"""Pages about rules: Settings → Integrations → Notifications."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import access_of
from alerts import actions
from alerts.forms import RuleForm
from alerts.models import Rule
from webhooks.datatypes import EVENT_TYPES
from webhooks.models import Destination

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from accounts.permissions import Access

#: What the picker of event types offers: patterns and what they mean.
EVENT_CHOICES = [
    ("*", "Everything"),
    ("incident.*", "Everything about incidents"),
    ("alert.*", "Every network alert"),
    *EVENT_TYPES.items(),
]


@require_safe
def rule_list(request: HttpRequest) -> HttpResponse:
    """List the rules of the organization."""
    access = access_of(request)
    rules = access.rows(Rule).prefetch_related("targets", "networks", "services")
    context = {
        "rules": rules,
        "has_webhooks": access.rows(Destination).exists(),
    }
    return render(request, "alerts/rule_list.html", context)


def rule_form(request: HttpRequest, rule_id: UUID | None = None) -> HttpResponse:
    """Create or change a rule."""
    access = access_of(request)
    rule = access.get(Rule, rule_id) if rule_id else None
    may_edit = access.may_edit(rule) if rule else access.can_edit
    if request.method == "POST" or rule is None:
        access.require_edit(rule)
    instance = rule or Rule(organization=access.organization)
    form = RuleForm(request.POST or None, access=access, instance=instance)
    if not may_edit:
        form.disable()
    if request.method == "POST" and form.is_valid():
        _save(form, access)
        messages.success(request, f"Rule “{form.instance.label}” is saved.")
        return redirect("alerts:rule-list")
    context = {
        "form": form,
        "rule": rule,
        "event_choices": EVENT_CHOICES,
        "may_edit": may_edit,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "alerts/rule_form.html", context, status=status)


def _save(form: RuleForm, access: Access) -> None:
    cleaned = form.cleaned_data
    actions.save_rule(
        form.instance,
        actor=access.actor,
        networks=list(cleaned["networks"]),
        excluded_networks=list(cleaned["excluded_networks"]),
        services=list(cleaned["services"]),
        targets=list(cleaned["targets"]),
    )


@require_POST
def rule_toggle(request: HttpRequest, rule_id: UUID) -> HttpResponse:
    """Switch a rule on or off from the list."""
    access = access_of(request)
    rule = access.get(Rule, rule_id)
    access.require_edit(rule)
    rule.enabled = not rule.enabled
    actions.save_rule(
        rule,
        actor=access.actor,
        networks=list(rule.networks.all()),
        excluded_networks=list(rule.excluded_networks.all()),
        services=list(rule.services.all()),
        targets=list(rule.targets.all()),
    )
    said = "on" if rule.enabled else "off"
    messages.success(request, f"Rule “{rule.label}” is {said} now.")
    return redirect("alerts:rule-list")


def rule_delete(request: HttpRequest, rule_id: UUID) -> HttpResponse:
    """Delete a rule, after asking."""
    access = access_of(request)
    rule = access.get(Rule, rule_id)
    access.require_edit(rule)
    if request.method == "POST":
        actions.delete_rule(rule, actor=access.actor)
        messages.success(request, f"Rule “{rule.label}” is deleted.")
        return redirect("alerts:rule-list")
    context = {
        "heading": f"Delete the rule “{rule.label}”?",
        "consequences": [
            f"{target.label} is no longer told by this rule"
            for target in rule.targets.all()
        ],
        "confirm_label": "Delete rule",
        "cancel_url": reverse("alerts:rule-list"),
    }
    return render(request, "components/confirm_page.html", context)
