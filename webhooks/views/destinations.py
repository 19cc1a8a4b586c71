"""The page of a webhook, and what can be done to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import access_of
from integrations_project.lib.redaction import redact_headers
from webhooks import actions
from webhooks.backoff import DEFAULT_SCHEDULE
from webhooks.delivery_lists import count_open, count_up_to
from webhooks.figures import describe_health, measure_latency
from webhooks.form_fields import say_seconds
from webhooks.formats import get_format
from webhooks.forms import RotateSecretForm
from webhooks.hiding import hide_destinations
from webhooks.models import Delivery, Destination
from webhooks.periods import DAY, WEEK, count_period
from webhooks.signatures import list_signature_headers
from webhooks.views.delivery_lists import build_list

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

#: The newest deliveries on a webhook's page.
DELIVERIES_SHOWN = 15
REPLAYS_SHOWN = 3
#: Nobody needs to know by how much it is more.
COUNTED = 10_000


@require_safe
def detail(request: HttpRequest, destination_id: UUID) -> HttpResponse:
    """Show one webhook: how it does, what it got, and how it is set up."""
    access = access_of(request)
    destination = access.get(Destination, destination_id)
    return render_detail(request, destination)


def render_detail(
    request: HttpRequest, destination: Destination, **more: Any
) -> HttpResponse:
    """Draw the page of a webhook, perhaps with the verdict of Verify."""
    access, now = access_of(request), timezone.now()
    hide_destinations(access, [destination])
    day = count_period(destination, DAY, now=now)
    week = count_period(destination, WEEK, now=now)
    context = {
        "webhook": destination,
        "health": describe_health(destination),
        "day": day,
        "week": week,
        "spans": (day, week),
        "latency": measure_latency(destination),
        "replays": destination.replays.order_by("-pk")[:REPLAYS_SHOWN],
        **build_list(request, webhooks=[], only=destination, size=DELIVERIES_SHOWN),
        "setup": describe_setup(destination),
        "overlap_ends": list_overlap_ends(destination, now=now),
        "rules": destination.rules.order_by("label"),
        # What the product keeps itself is changed where it is kept.
        "may_edit": not destination.managed_by and access.may_edit(destination),
        "now": now,
    }
    status = more.pop("status", 200)
    page = "webhooks/destination_detail.html"
    return render(request, page, context | more, status=status)


def list_overlap_ends(destination: Destination, *, now: datetime) -> list[datetime]:
    """Return until when each of the secrets before signs too, the latest end first."""
    ends = [each.expires_at for each in destination.previous_secrets]
    return sorted((ends_at for ends_at in ends if ends_at > now), reverse=True)


def describe_setup(destination: Destination) -> dict[str, Any]:
    """Return how a webhook is set up, without anything secret."""
    schedule = destination.retry_schedule or DEFAULT_SCHEDULE
    is_signed = destination.secret and destination.signature != "none"
    return {
        "format": get_format(destination.format),
        "is_signed": bool(is_signed),
        "signature_headers": list_signature_headers(
            destination.signature, destination.signature_header
        )[:1],
        "headers": redact_headers(destination.headers),
        "networks": destination.networks.order_by("label"),
        "waits": ", ".join(map(say_seconds, schedule)),
        "has_own_waits": bool(destination.retry_schedule),
    }


@require_POST
def enable(request: HttpRequest, destination_id: UUID) -> HttpResponse:
    """Send events there again."""
    access = access_of(request)
    destination = access.get(Destination, destination_id)
    access.require_edit(destination)
    if actions.enable_destination(destination, actor=access.actor):
        text = f"“{destination.label}” is enabled. Verify that it answers?"
        messages.success(request, text)
    else:
        messages.info(request, f"“{destination.label}” was enabled already.")
    return redirect(destination)


def disable(request: HttpRequest, destination_id: UUID) -> HttpResponse:
    """Send nothing there any more, after saying what that means."""
    access = access_of(request)
    destination = access.get(Destination, destination_id)
    access.require_edit(destination)
    if request.method != "POST":
        return _confirm_disable(request, destination)
    reason = request.POST.get("reason", "").strip() or f"By {access.actor.label}."
    if actions.disable_destination(destination, actor=access.actor, reason=reason):
        messages.success(request, f"“{destination.label}” is disabled.")
    else:
        messages.info(request, f"“{destination.label}” was disabled already.")
    return redirect(destination)


def _confirm_disable(request: HttpRequest, destination: Destination) -> HttpResponse:
    waiting = count_open(destination, limit=COUNTED)
    consequences = [
        "New events for it are recorded as skipped; Replay sends them once it is "
        "enabled again"
    ]
    if waiting:
        consequences.insert(0, f"{say_count(waiting)} that wait are skipped")
    context = {
        "heading": f"Disable “{destination.label}”?",
        "text": "Its settings stay, and it can be enabled again.",
        "consequences": consequences,
        "confirm_label": "Disable webhook",
        "cancel_url": destination.get_absolute_url(),
    }
    return render(request, "components/confirm_page.html", context)


def delete(request: HttpRequest, destination_id: UUID) -> HttpResponse:
    """Delete a webhook, after saying what goes with it."""
    access = access_of(request)
    destination = access.get(Destination, destination_id)
    access.require_edit(destination)
    actions.require_made_by_people(destination)
    if request.method == "POST":
        label = destination.label
        actions.delete_destination(destination, actor=access.actor)
        messages.success(request, f"“{label}” is deleted.")
        return redirect("webhooks:destination-list")
    context = {
        "heading": f"Delete the webhook “{destination.label}”?",
        "text": "To stop it for a while, disable it instead.",
        "consequences": list(list_losses(destination)),
        "confirm_label": "Delete webhook",
        "cancel_url": destination.get_absolute_url(),
    }
    return render(request, "components/confirm_page.html", context)


def list_losses(destination: Destination) -> list[str]:
    """Return what is gone when a webhook is deleted."""
    rows = Delivery.objects.filter(destination=destination)
    count = count_up_to(rows, COUNTED)
    waiting = count_open(destination, limit=COUNTED)
    losses = [f"{say_count(count)} with requests and answers"]
    if waiting:
        losses.append(f"{waiting} of them still wait and will never be sent")
    losses.append("Its secrets; they cannot be shown or restored")
    rules = destination.rules.order_by("label").values_list("label", flat=True)
    losses += [f"Its place in the rule “{label}”; the rule stays" for label in rules]
    return [*losses, *_list_roles_lost(destination)]


def _list_roles_lost(destination: Destination) -> list[str]:
    """Return what rules and escalation lose that name it otherwise than as a target."""
    own_urls = destination.rule_targets.values_list("rule__label", flat=True)
    policies = destination.escalation_steps.values_list("policy__label", flat=True)
    people = destination.on_call_members.values_list("user__email", flat=True)
    return [
        *(f"The URLs that the rule “{r}” tells with it" for r in sorted(set(own_urls))),
        *(f"Its steps in the escalation “{p}”" for p in sorted(set(policies))),
        *(f"{p} is told by e-mail when on call" for p in sorted(set(people))),
    ]


def say_count(count: int) -> str:
    """Return a count of deliveries in words; counting stops at `COUNTED`."""
    more = "more than " if count >= COUNTED else ""
    return f"{more}{count:,} deliver{'y' if count == 1 else 'ies'}"


@never_cache
def rotate_secret(request: HttpRequest, destination_id: UUID) -> HttpResponse:
    """Make a new signing secret; the answer to the POST shows it, once."""
    access = access_of(request)
    destination = access.get(Destination, destination_id)
    access.require_edit(destination)
    actions.require_made_by_people(destination)
    form = RotateSecretForm(request.POST or None)
    context: dict[str, Any] = {"webhook": destination, "form": form}
    context["had_secret"] = bool(destination.secret)
    if request.method == "POST" and form.is_valid():
        context["new_secret"] = actions.rotate_secret(
            destination,
            actor=access.actor,
            now=timezone.now(),
            overlap_hours=form.cleaned_data["overlap_hours"],
        )
    status = 422 if form.errors else 200
    return render(request, "webhooks/rotate_secret.html", context, status=status)
