"""Pages of the dashboard on which status pages are set up."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.contrib import messages
from django.db.models import Count, Q
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import escape
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from accounts.permissions import access_of
from alerts import actions
from alerts.models import StatusPage
from alerts.status_page.document import find_page_url
from alerts.status_page_forms import StatusPageForm
from integrations_project.lib.pages import paginate

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse


@require_safe
def status_page_list(request: HttpRequest) -> HttpResponse:
    """List the status pages of the organization."""
    rows = access_of(request).rows(StatusPage).defer("logo")
    rows = rows.annotate(
        service_count=Count("components", distinct=True),
        follower_count=Count(
            "subscribers",
            filter=Q(subscribers__confirmed_at__isnull=False),
            distinct=True,
        ),
    )
    page = paginate(rows, request)
    return render(request, "alerts/status_page_list.html", {"page": page})


def status_page_form(request: HttpRequest, page_id: UUID | None = None) -> HttpResponse:
    """Make a status page, or change one; who may not change it sees it."""
    access = access_of(request)
    page = access.get(StatusPage, page_id) if page_id else None
    may_edit = access.may_edit(page) if page else access.may_use_every_network
    if request.method == "POST" or page is None:
        access.require_edit(page or StatusPage(organization=access.organization))
    instance = page or _new(request)
    form = StatusPageForm(
        request.POST or None, request.FILES or None, access=access, instance=instance
    )
    if not may_edit:
        for field in form.fields.values():
            field.disabled = True
    if request.method == "POST" and form.is_valid():
        saved = actions.save_status_page(
            form.instance, actor=access.actor, **form.parts
        )
        messages.success(request, f"{saved.title} is saved; visitors see it now.")
        return redirect(saved)
    context = {
        "form": form,
        "page": page,
        "may_edit": may_edit,
        "public_url": find_page_url(page) if page else "",
        "is_closed": bool(page and _is_closed(page)),
        **(_list_snippets(page) if page else {}),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "alerts/status_page_form.html", context, status=status)


def status_page_delete(request: HttpRequest, page_id: UUID) -> HttpResponse:
    """Delete a status page, after saying what goes with it."""
    access = access_of(request)
    page = access.get(StatusPage, page_id)
    access.require_edit(page)
    if request.method == "POST":
        actions.delete_status_page(page, actor=access.actor)
        messages.success(request, f"{page.title} is deleted.")
        return redirect("alerts:status-page-list")
    context = {
        "heading": f"Delete the status page {page.title}?",
        "consequences": [
            f"Its address {page.get_public_url()}, with its feeds, badge and widget",
            f"{page.posts.count()} posts",
            f"{page.subscribers.count()} subscribers",
        ],
        "confirm_label": "Delete status page",
        "cancel_url": reverse("alerts:status-page-detail", args=[page.pk]),
    }
    return render(request, "components/confirm_page.html", context)


def _list_snippets(page: StatusPage) -> dict[str, str]:
    """Return what people put into their own pages."""
    url = find_page_url(page)
    title = escape(page.title)
    words = page.title.replace("[", "(").replace("]", ")")
    return {
        "badge_markdown": f"[![{words} status]({url}badge.svg)]({url})",
        "badge_html": (
            f'<a href="{url}"><img src="{url}badge.svg" alt="{title} status"></a>'
        ),
        "widget_html": f'<script async src="{url}widget.js"></script>',
    }


def _new(request: HttpRequest) -> StatusPage:
    organization = access_of(request).organization
    return StatusPage(
        organization=organization,
        title=organization.name[:100],
        slug=slugify(organization.name)[:60],
    )


def _is_closed(page: StatusPage) -> bool:
    """Whether nobody at all can see it."""
    return not (page.public or page.password or page.allowed_networks)
