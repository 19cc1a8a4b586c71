"""Pages of the dashboard on which people post, and prepare what they may post."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.permissions import access_of
from alerts import actions
from alerts.models import PostTemplate, StatusPage, StatusPost
from alerts.post_forms import EditPostForm, PostForm, PostTemplateForm
from integrations_project.lib.pages import paginate

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from accounts.permissions import Access

LIST_LIMIT = 200


def post_list(request: HttpRequest, page_id: UUID) -> HttpResponse:
    """Show what was posted; post something, or fill the form from a template."""
    access = access_of(request)
    page = access.get(StatusPage, page_id)
    form = None
    if request.method == "POST":
        access.require_respond()
        form = PostForm(request.POST, page=page, access=access)
        is_valid = form.is_valid()
        if "fill" in request.POST:
            form = PostForm(
                initial=form.fill(now=timezone.now()), page=page, access=access
            )
        elif is_valid:
            return _post(request, form, access)
    elif access.can_respond:
        form = PostForm(
            initial={"incident": request.GET.get("incident")}, page=page, access=access
        )
    rows = page.posts.select_related("incident", "window").prefetch_related(
        "components__service"
    )
    context = {
        "status_page": page,
        "form": form,
        "page": paginate(rows, request),
        "has_templates": access.rows(PostTemplate).exists(),
    }
    is_refused = form is not None and bool(form.errors)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_refused else HTTPStatus.OK
    return render(request, "alerts/status_post_list.html", context, status=status)


def post_edit(request: HttpRequest, page_id: UUID, post_id: UUID) -> HttpResponse:
    """Correct a post; who follows is not told again."""
    access, post = _find_post(request, page_id, post_id)
    form = EditPostForm(request.POST or None, instance=post)
    if request.method == "POST" and form.is_valid():
        actions.edit_status_post(form.instance, actor=access.actor)
        messages.success(request, "The post is corrected.")
        return redirect("alerts:status-post-list", page_id)
    return _show_form(
        request,
        form,
        title="Correct post",
        subtitle="Visitors read the new words; who follows is not told again.",
        parent_url=reverse("alerts:status-post-list", args=[page_id]),
        parent_label=post.page.title,
    )


def post_delete(request: HttpRequest, page_id: UUID, post_id: UUID) -> HttpResponse:
    """Take a post off the page, after asking."""
    access, post = _find_post(request, page_id, post_id)
    if request.method == "POST":
        actions.delete_status_post(post, actor=access.actor)
        messages.success(request, "The post is taken off the page.")
        return redirect("alerts:status-post-list", page_id)
    context = {
        "heading": f"Delete the post “{post.title}”?",
        "text": "Messages that told of it cannot be taken back.",
        "confirm_label": "Delete post",
        "cancel_url": reverse("alerts:status-post-list", args=[page_id]),
    }
    return render(request, "components/confirm_page.html", context)


@require_safe
def template_list(request: HttpRequest) -> HttpResponse:
    """List the templates of posts."""
    access = access_of(request)
    context = {
        "templates": access.rows(PostTemplate)[:LIST_LIMIT],
        "may_edit": access.may_use_every_network,
    }
    return render(request, "alerts/post_template_list.html", context)


def template_form(
    request: HttpRequest, template_id: UUID | None = None
) -> HttpResponse:
    """Make a template or change one; who may not change it sees it."""
    access = access_of(request)
    row = access.get(PostTemplate, template_id) if template_id else None
    instance = row or PostTemplate(organization=access.organization)
    may_edit = access.may_edit(instance)
    if request.method == "POST" or row is None:
        access.require_edit(instance)
    form = PostTemplateForm(request.POST or None, instance=instance)
    if not may_edit:
        for field in form.fields.values():
            field.disabled = True
    if request.method == "POST" and form.is_valid():
        saved = actions.save_post_template(form.instance, actor=access.actor)
        messages.success(request, f"The template “{saved.label}” is saved.")
        return redirect("alerts:post-template-list")
    return _show_form(
        request,
        form,
        title=row.label if row else "Add template",
        parent_url=reverse("alerts:post-template-list"),
        parent_label="Post templates",
        may_edit=may_edit,
        delete_url=row
        and may_edit
        and reverse("alerts:post-template-delete", args=[row.pk]),
    )


def template_delete(request: HttpRequest, template_id: UUID) -> HttpResponse:
    """Delete a template, after asking."""
    access = access_of(request)
    row = access.get(PostTemplate, template_id)
    access.require_edit(row)
    if request.method == "POST":
        actions.delete_post_template(row, actor=access.actor)
        messages.success(request, f"The template “{row.label}” is deleted.")
        return redirect("alerts:post-template-list")
    context = {
        "heading": f"Delete the template “{row.label}”?",
        "text": "What was posted with it stays.",
        "confirm_label": "Delete template",
        "cancel_url": reverse("alerts:post-template-list"),
    }
    return render(request, "components/confirm_page.html", context)


def _post(request: HttpRequest, form: PostForm, access: Access) -> HttpResponse:
    post = actions.create_status_post(
        form.instance,
        components=form.chosen_components,
        actor=access.actor,
        now=timezone.now(),
    )
    count = post.page.subscribers.filter(confirmed_at__isnull=False).count()
    told = f"; {count} who follow it are told" if count else ""
    messages.success(request, f"“{post.title}” is on the page{told}.")
    return redirect("alerts:status-post-list", post.page_id)


def _find_post(
    request: HttpRequest, page_id: UUID, post_id: UUID
) -> tuple[Access, StatusPost]:
    access = access_of(request)
    page = access.get(StatusPage, page_id)
    access.require_respond()
    rows = page.posts.select_related("page__organization", "incident", "window")
    post = rows.filter(pk=post_id).first()
    if post is None:
        raise Http404
    return access, post


def _show_form(request: HttpRequest, form: Any, **context: Any) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {"may_edit": True, "form": form} | context
    return render(request, "alerts/status_words_form.html", context, status=status)
