"""Pages about strategies: how pages are read, shared by any number of monitors."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.exceptions import RoleRequired
from accounts.permissions import access_of
from integrations_project.lib.pages import paginate
from monitors.actions import strategies
from monitors.forms import StrategyForm
from monitors.models import Job, Strategy
from monitors.previewing import look_at
from monitors.saving import save_strategy

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from accounts.permissions import Access

MONITORS_SHOWN = 50
#: Nobody needs to know by how much it is more.
COUNTED = 10_000
NOT_YOURS = (
    "Monitors of networks that you do not look after use this strategy. "
    "Changing it needs the role Admin, or Network Admin of their networks."
)


@require_safe
def strategy_list(request: HttpRequest) -> HttpResponse:
    """List the strategies and how many monitors use each."""
    access = access_of(request)
    rows = access.rows(Strategy).defer("preview_data")
    query = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    if query:
        rows = rows.filter(name__icontains=query)
    counted = rows.annotate(monitor_count=Count("schedules"))
    context = {"page": paginate(counted, request), "query": query}
    return render(request, "monitors/strategy_list.html", context)


def strategy_form(
    request: HttpRequest, strategy_id: UUID | None = None
) -> HttpResponse:
    """Show a strategy, create one or change it."""
    access = access_of(request)
    strategy = access.get(Strategy, strategy_id) if strategy_id else None
    if request.method == "POST" or strategy is None:
        require_edit(access, strategy)
    form = _build_form(request, access, strategy)
    if request.method == "POST" and form.is_valid():
        saved = _save(form)
        if saved is not None:
            messages.success(request, f"Strategy “{saved}” is saved.")
            return redirect(saved)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return _render_form(request, form, strategy, status=status)


@require_POST
def strategy_preview(
    request: HttpRequest, strategy_id: UUID | None = None
) -> HttpResponse:
    """Read the page once, as the form says, and show what is there."""
    access = access_of(request)
    strategy = access.get(Strategy, strategy_id) if strategy_id else None
    require_edit(access, strategy)
    form = _build_form(request, access, strategy)
    look = look_at(form, now=timezone.now())
    if request.headers.get("HX-Request"):
        return render(request, "monitors/_preview.html", {"look": look})
    form.errors.clear()
    return _render_form(request, form, strategy, look=look)


def strategy_delete(request: HttpRequest, strategy_id: UUID) -> HttpResponse:
    """Delete a strategy, after saying what goes with it."""
    access = access_of(request)
    strategy = access.get(Strategy, strategy_id)
    require_edit(access, strategy)
    if request.method == "POST":
        name = strategy.name
        strategies.delete_strategy(strategy, actor=access.actor, now=timezone.now())
        messages.success(request, f"Strategy “{name}” is deleted.")
        return redirect("monitors:strategy-list")
    context = {
        "heading": f"Delete the strategy “{strategy.name}”?",
        "consequences": list_losses(strategy),
        "confirm_label": "Delete strategy",
        "cancel_url": strategy.get_absolute_url(),
    }
    return render(request, "components/confirm_page.html", context)


def list_losses(strategy: Strategy) -> list[str]:
    """Return what is gone when a strategy is deleted."""
    monitors = list(strategy.schedules.select_related("strategy")[:MONITORS_SHOWN])
    losses = [f"The monitor “{each}”, with its webhook" for each in monitors]
    more = strategy.schedules.count() - len(monitors)
    if more > 0:
        losses.append(f"{more:,} further monitors")
    count = Job.objects.filter(strategy=strategy).order_by()[:COUNTED].count()
    more_than = "more than " if count >= COUNTED else ""
    losses.append(f"{more_than}{count:,} run{'' if count == 1 else 's'}, with results")
    return losses


def may_edit_strategy(access: Access, strategy: Strategy) -> bool:
    """Whether a strategy is theirs to change: it, and each monitor that uses it."""
    if not access.can_edit:
        return False
    if access.may_use_every_network:
        return True
    return all(access.may_edit(each) for each in strategy.schedules.all())


def require_edit(access: Access, strategy: Strategy | None) -> None:
    """Raise :class:`RoleRequired` unless they may change it, or make one."""
    access.require_edit()
    if strategy is not None and not may_edit_strategy(access, strategy):
        raise RoleRequired(NOT_YOURS)


def _build_form(
    request: HttpRequest, access: Access, strategy: Strategy | None
) -> StrategyForm:
    form = StrategyForm(
        request.POST if request.method == "POST" else None,
        access=access,
        instance=strategy or Strategy(organization=access.organization),
    )
    if strategy is not None and not may_edit_strategy(access, strategy):
        for field in form.fields.values():
            field.disabled = True
    return form


def _save(form: StrategyForm) -> Strategy | None:
    """Write the strategy; None when the form now says what is wrong."""
    try:
        return save_strategy(form, now=timezone.now())
    except ValidationError as error:
        form.add_error(None, error)
        return None


def _render_form(
    request: HttpRequest,
    form: StrategyForm,
    strategy: Strategy | None,
    *,
    status: int = HTTPStatus.OK,
    **more: Any,
) -> HttpResponse:
    access = access_of(request)
    context: dict[str, Any] = {
        "form": form,
        "strategy": strategy,
        "may_edit": access.can_edit,
        "form_url": reverse("monitors:strategy-add"),
        "preview_url": reverse("monitors:strategy-preview-unsaved"),
    }
    if strategy is not None:
        rows = strategy.schedules.select_related("strategy").order_by("-pk")
        context |= {
            "may_edit": may_edit_strategy(access, strategy),
            "form_url": strategy.get_absolute_url(),
            "preview_url": reverse("monitors:strategy-preview", args=[strategy.pk]),
            "monitors": rows[:MONITORS_SHOWN],
        }
    page = "monitors/strategy_form.html"
    return render(request, page, context | more, status=status)
