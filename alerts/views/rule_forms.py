"""The form of a rule, and what it would have matched."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.permissions import access_of
from alerts import actions
from alerts.models import Rule
from alerts.problems import list_rule_problems
from alerts.rule_forms import FullRuleForm
from alerts.rule_forms.form import DEFAULT_CLIENT_COUNT, DEFAULT_THRESHOLD
from integrations_project.lib.exceptions import ProjectError
from webhooks import actions as webhooks
from webhooks.models import Destination, Event

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from accounts.permissions import Access
    from alerts.conditions import RuleSpec

EVENTS_SHOWN = 10
OTHERS_SHOWN = 5
#: Option to the alerts whose usual value is filled in.
_USUAL = {
    "threshold": ("alert.high_cpu_usage", DEFAULT_THRESHOLD),
    "client_count_threshold": ("alert.ap_client_count", DEFAULT_CLIENT_COUNT),
}


def rule_form(request: HttpRequest, rule_id: UUID | None = None) -> HttpResponse:
    """Create or change a rule."""
    access = access_of(request)
    rule = access.get(Rule, rule_id) if rule_id else None
    if request.method == "POST" or rule is None:
        access.require_edit(rule)
    form = _build_form(request, access, rule)
    if request.method == "POST" and form.is_valid() and _save(form, access):
        messages.success(request, f"Rule “{form.instance.label}” is saved.")
        return redirect("alerts:rule-list")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return _render_form(request, form, rule, status=status)


@require_POST
def rule_preview(request: HttpRequest, rule_id: UUID | None = None) -> HttpResponse:
    """Show what the rule as it is typed would have matched; nothing is saved.

    With ``event`` that event is judged, and with ``send_to`` it is sent to one
    webhook as a test. With ``more`` the form gets another line.
    """
    access = access_of(request)
    rule = access.get(Rule, rule_id) if rule_id else None
    form = _build_form(request, access, rule, is_preview=True)
    form.full_clean()
    wanted = request.POST.get("event", "")
    tried = _try(request, access, form, wanted) if wanted else {}
    if request.headers.get("HX-Request"):
        context = {"preview_url": _preview_url(rule), **tried}
        if wanted:
            return render(request, "alerts/_rule_test.html", context)
        context |= _preview(access, form)
        return render(request, "alerts/_rule_preview.html", context)
    context = _preview(access, form)
    # Looking at it is no reason to complain about what is not typed yet.
    form._errors = ErrorDict()  # type: ignore[attr-defined]  # Django's own
    return _render_form(request, form, rule, **context, **tried)


def _build_form(
    request: HttpRequest,
    access: Access,
    rule: Rule | None,
    *,
    is_preview: bool = False,
) -> FullRuleForm:
    instance = rule or Rule(organization=access.organization)
    initial = {} if rule else _read_initial(request)
    form = FullRuleForm(
        request.POST if request.method == "POST" else None,
        access=access,
        instance=instance,
        initial=initial,
        is_preview=is_preview,
    )
    if rule and not access.may_edit(rule):
        form.disable()
    return form


def _read_initial(request: HttpRequest) -> dict[str, Any]:
    """Return what the address says of a new rule, and the usual values for it."""
    types = request.GET.get("event_types", "").replace(",", " ").split()[:20]
    initial: dict[str, Any] = {
        "event_types": types,
        "label": request.GET.get("label", "")[:100],
    }
    for name, (event_type, value) in _USUAL.items():
        if event_type in types:
            initial[name] = value
    return initial


def _save(form: FullRuleForm, access: Access) -> bool:
    cleaned = form.cleaned_data
    try:
        actions.save_rule(
            form.instance,
            actor=access.actor,
            networks=list(cleaned["networks"]),
            excluded_networks=list(cleaned["excluded_networks"]),
            services=list(cleaned["services"]),
            targets=list(cleaned["targets"]),
            further_targets=cleaned["further_targets"],
        )
    except ValidationError as error:
        # What changed between the look and the deed, such as a webhook's host.
        form.add_error(None, error.messages)
        return False
    return True


def _render_form(
    request: HttpRequest,
    form: FullRuleForm,
    rule: Rule | None,
    *,
    status: int = HTTPStatus.OK,
    **more: Any,
) -> HttpResponse:
    access = access_of(request)
    context = {
        "form": form,
        "rule": rule,
        "problems": list_rule_problems(rule) if rule else (),
        "event_choices": webhooks.list_event_choices(access.organization),
        "may_edit": access.may_edit(rule) if rule else access.can_edit,
        "preview_url": _preview_url(rule),
        "form_url": reverse("alerts:rule-detail", args=[rule.pk])
        if rule
        else reverse("alerts:rule-add"),
        "device_alerts": "alert.device_boot alert.device_offline",
        "threshold_alerts": "alert.high_cpu_usage alert.isp_degradation "
        "alert.dhcp_pool_exhaustion",
        "client_alerts": "alert.ap_client_count alert.ap_radar_hit",
        "monitor_runs": "monitor.job_completed",
    }
    return render(request, "alerts/rule_form.html", context | more, status=status)


def _preview_url(rule: Rule | None) -> str:
    if rule is None:
        return reverse("alerts:rule-preview-unsaved")
    return reverse("alerts:rule-preview", args=[rule.pk])


def _preview(access: Access, form: FullRuleForm) -> dict[str, Any]:
    """Return the newest events that fit, and a few that do not."""
    spec = form.build_spec()
    if spec is None:
        has_events = bool(str(form["event_types"].value() or "").strip())
        return {"obstacle": form.find_obstacle() if has_events else "", "waits": True}
    found = actions.preview_rule(access.organization, spec, now=timezone.now())
    shown = found.events[:EVENTS_SHOWN]
    newest = access.rows(Event).order_by("-pk")
    others = newest.exclude(pk__in=[each.pk for each in found.events])
    return {
        "preview": found,
        "events": shown,
        "left_out_count": found.match_count - len(shown),
        "others": list(others[:OTHERS_SHOWN]),
        "suggests_delay": not spec.delay_seconds and _is_about_services(spec),
    }


def _is_about_services(spec: RuleSpec) -> bool:
    return any(t in ("service.status_changed", "service.*") for t in spec.event_types)


def _try(
    request: HttpRequest, access: Access, form: FullRuleForm, event_id: str
) -> dict[str, Any]:
    """Judge one event and, when somebody asked for it, send it as a test."""
    event = access.get(Event, event_id)
    spec = form.build_spec()
    if spec is None:
        return {"event": event, "obstacle": form.find_obstacle()}
    context: dict[str, Any] = {"event": event}
    destination = None
    if send_to := request.POST.get("send_to", ""):
        destination = access.get(Destination, send_to)
        access.require_edit(destination)
        webhooks.require_made_by_people(destination)
        context["sent_to"] = destination
    try:
        context["tried"] = actions.try_rule(
            spec,
            event,
            actor=access.actor,
            now=timezone.now(),
            destination=destination,
        )
    except ValidationError as error:
        context |= {"refusal": " ".join(error.messages)}
    except ProjectError as error:
        context |= {"refusal": error.message}
    context.setdefault("tried", actions.judge_event(spec, event))
    chosen = form.cleaned_data.get("targets") or ()
    context["targets"] = [each for each in chosen if access.may_edit(each)]
    return context
