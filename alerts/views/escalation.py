"""Pages about escalation policies."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.contrib import messages
from django.db.models import Count
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.permissions import access_of
from alerts import actions
from alerts.escalation_forms import PolicyForm
from alerts.models import EscalationPolicy, OnCallSchedule
from alerts.on_call_forms import list_targets
from alerts.problems import list_policy_problems

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

LIST_LIMIT = 200


@require_safe
def policy_list(request: HttpRequest) -> HttpResponse:
    """List the policies of the organization, the default one first."""
    access = access_of(request)
    rows = access.rows(EscalationPolicy).prefetch_related(
        "steps__destination", "steps__schedule"
    )
    rows = rows.annotate(service_count=Count("services", distinct=True))
    context = {
        "policies": [
            (policy, list_policy_problems(policy))
            for policy in rows.order_by("-is_default", "label", "pk")[:LIST_LIMIT]
        ],
        "has_targets": list_targets(access).exists()
        or access.rows(OnCallSchedule).exists(),
        "may_edit": access.may_use_every_network,
    }
    return render(request, "alerts/escalation_list.html", context)


def policy_form(request: HttpRequest, policy_id: UUID | None = None) -> HttpResponse:
    """Create or change a policy with its steps; others may read it."""
    access = access_of(request)
    policy = access.get(EscalationPolicy, policy_id) if policy_id else None
    may_edit = access.may_use_every_network
    if not may_edit and (request.method == "POST" or policy is None):
        access.require_edit(policy)
        access.require_admin()
    instance = policy or EscalationPolicy(organization=access.organization)
    form = PolicyForm(request.POST or None, access=access, instance=instance)
    if not may_edit:
        form.disable()
    wants_more = "more" in request.POST
    if request.method == "POST" and form.is_valid() and not wants_more:
        actions.save_policy(form.instance, steps=form.steps, actor=access.actor)
        messages.success(request, f"The policy “{form.instance.label}” is saved.")
        return redirect("alerts:escalation-list")
    context = {
        "form": form,
        "policy": policy,
        "problems": list_policy_problems(policy) if policy else (),
        "services": policy.services.order_by("name")[:100] if policy else (),
        "may_edit": may_edit,
    }
    is_refused = bool(form.errors) and not wants_more
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_refused else HTTPStatus.OK
    return render(request, "alerts/escalation_form.html", context, status=status)


def policy_delete(request: HttpRequest, policy_id: UUID) -> HttpResponse:
    """Delete a policy, after asking."""
    access = access_of(request)
    policy = access.get(EscalationPolicy, policy_id)
    access.require_edit(policy)
    if request.method == "POST":
        actions.delete_policy(policy, actor=access.actor)
        messages.success(request, f"The policy “{policy.label}” is deleted.")
        return redirect("alerts:escalation-list")
    names = policy.services.order_by("name").values_list("name", flat=True)[:50]
    context = {
        "heading": f"Delete the escalation policy “{policy.label}”?",
        "text": "Escalations that run already go on.",
        "consequences": [f"{name} takes the default policy, if any" for name in names],
        "confirm_label": "Delete policy",
        "cancel_url": reverse("alerts:escalation-list"),
    }
    return render(request, "components/confirm_page.html", context)
