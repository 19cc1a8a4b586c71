"""Pages about rules: their list, and what is done with one beside its form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import access_of
from alerts import actions
from alerts.models import Rule
from alerts.problems import list_rule_problems
from alerts.rule_sentences import describe_rule
from webhooks import actions as webhooks
from webhooks.models import Destination

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

RELATIONS = (
    "targets",
    "networks",
    "excluded_networks",
    "services",
    "further_targets__destination",
)


@require_safe
def rule_list(request: HttpRequest) -> HttpResponse:
    """List the rules of the organization, and what each does in a sentence."""
    access = access_of(request)
    known = webhooks.list_known_alerts(access.organization)
    titles = {each.type: each.title for each in known}
    rules = access.rows(Rule).prefetch_related(*RELATIONS, "further_targets__sender")
    context = {
        "rules": [
            (rule, describe_rule(rule, titles=titles), list_rule_problems(rule))
            for rule in rules
        ],
        "has_webhooks": access.rows(Destination).exists(),
    }
    return render(request, "alerts/rule_list.html", context)


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
    return redirect(_came_from(request))


@require_POST
def rule_duplicate(request: HttpRequest, rule_id: UUID) -> HttpResponse:
    """Make a copy of a rule, switched off, and open it."""
    access = access_of(request)
    rule = access.get(Rule, rule_id)
    access.require_edit(rule)
    copied = actions.duplicate_rule(rule, actor=access.actor)
    messages.success(
        request, f"“{copied.label}” is made and switched off; switch it on when ready."
    )
    return redirect(copied)


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


def _came_from(request: HttpRequest) -> str:
    """Return which list was shown: that under Alerts, or that of the settings."""
    is_alerts = request.POST.get("next") == reverse("alerts:alert-rule-list")
    return "alerts:alert-rule-list" if is_alerts else "alerts:rule-list"
