"""Pages about people: who they are, where they are, and what they may do."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from accounts import actions
from accounts.exceptions import AccountsError
from accounts.forms import ApiKeyForm, MemberForm, NetworkForm, ProfileForm
from accounts.invitations import send_invitation
from accounts.middleware import ORGANIZATION_SESSION_KEY
from accounts.models import ApiKey, AuditEntry, Membership, Network, User
from accounts.permissions import access_of
from integrations_project.lib.pages import paginate

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_POST
def switch_organization(request: HttpRequest) -> HttpResponse:
    """Go on working in another organization of one's own."""
    assert isinstance(request.user, User)
    membership = Membership.objects.filter(
        user=request.user, organization=_uuid_or_404(request.POST.get("organization"))
    ).first()
    if membership is None:
        raise Http404
    request.session[ORGANIZATION_SESSION_KEY] = str(membership.organization_id)
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = reverse("overview")
    return HttpResponseRedirect(target)


def profile(request: HttpRequest) -> HttpResponse:
    """Show and change what others see of oneself."""
    assert isinstance(request.user, User)
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Your profile is saved.")
        return redirect("accounts:profile")
    return render(request, "accounts/profile.html", {"form": form}, status=_code(form))


@require_safe
def team(request: HttpRequest) -> HttpResponse:
    """List the members of the organization."""
    access = access_of(request)
    members = (
        access.rows(Membership).select_related("user").prefetch_related("networks")
    )
    return render(request, "accounts/team.html", {"members": members})


def member_add(request: HttpRequest) -> HttpResponse:
    """Add somebody to the organization, and invite them when they are new."""
    access = access_of(request)
    access.require_admin()
    form = MemberForm(
        request.POST or None,
        organization=access.organization,
        instance=Membership(organization=access.organization),
    )
    if request.method == "POST" and form.is_valid():
        _add_member(request, form)
        return redirect("accounts:team")
    return render(
        request, "accounts/member_form.html", {"form": form}, status=_code(form)
    )


def _add_member(request: HttpRequest, form: MemberForm) -> None:
    access = access_of(request)
    email = form.cleaned_data["email"]
    with transaction.atomic():
        user = User.objects.filter(email=email).first()
        is_new = user is None
        user = user or User.objects.create_user(email)
        actions.add_member(
            access.organization,
            user=user,
            role=form.cleaned_data["role"],
            networks=form.cleaned_data["networks"],
            actor=access.actor,
        )
    if not is_new:
        messages.success(request, f"{user} is a member now.")
        return
    try:
        send_invitation(
            user,
            organization_name=access.organization.name,
            site_url=settings.SITE_URL,
        )
    except OSError as error:
        messages.warning(
            request,
            f"{email} is a member now, but the invitation could not be sent: {error}. "
            "Check EMAIL_URL; they can ask for a link under “Forgot your password?”.",
        )
    else:
        messages.success(request, f"{email} is a member now and was sent a link.")


def member_edit(request: HttpRequest, member_id: UUID) -> HttpResponse:
    """Change a member's role and networks."""
    access = access_of(request)
    access.require_admin()
    membership = access.get(Membership, member_id)
    form = MemberForm(
        request.POST or None, organization=access.organization, instance=membership
    )
    if request.method == "POST" and form.is_valid():
        # The form has put the new role on its instance; the action needs the old.
        membership = access.get(Membership, member_id)
        try:
            actions.change_member(
                membership,
                role=form.cleaned_data["role"],
                networks=form.cleaned_data["networks"],
                actor=access.actor,
            )
        except AccountsError as error:
            form.add_error("role", error.message)
        else:
            messages.success(request, f"{membership.user} is saved.")
            return redirect("accounts:team")
    return render(
        request,
        "accounts/member_form.html",
        {"form": form, "membership": membership},
        status=_code(form),
    )


def member_remove(request: HttpRequest, member_id: UUID) -> HttpResponse:
    """Take a member out, after asking."""
    access = access_of(request)
    access.require_admin()
    membership = access.get(Membership, member_id)
    if request.method == "POST":
        try:
            actions.remove_member(membership, actor=access.actor)
        except AccountsError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, f"{membership.user} is no longer a member.")
        return redirect("accounts:team")
    context = {
        "heading": f"Remove {membership.user} from {access.organization}?",
        "text": "Their account stays, and so does everything they did.",
        "consequences": ["They can no longer see or change anything here."],
        "confirm_label": "Remove",
        "cancel_url": reverse("accounts:team"),
    }
    return render(request, "components/confirm_page.html", context)


@require_safe
def networks(request: HttpRequest) -> HttpResponse:
    """List the networks of the organization."""
    rows = access_of(request).rows(Network)
    return render(request, "accounts/networks.html", {"networks": rows})


def network_form(request: HttpRequest, network_id: UUID | None = None) -> HttpResponse:
    """Make a network, or give it another label."""
    access = access_of(request)
    access.require_admin()
    network = (
        access.get(Network, network_id)
        if network_id
        else Network(organization=access.organization)
    )
    form = NetworkForm(request.POST or None, instance=network)
    if request.method == "POST" and form.is_valid():
        actions.save_network(form.instance, actor=access.actor)
        messages.success(request, f"Network {form.instance} is saved.")
        return redirect("accounts:networks")
    context = {"form": form, "network": None if network._state.adding else network}
    return render(request, "accounts/network_form.html", context, status=_code(form))


def network_delete(request: HttpRequest, network_id: UUID) -> HttpResponse:
    """Delete a network, after saying what it limits."""
    access = access_of(request)
    access.require_admin()
    network = access.get(Network, network_id)
    if request.method == "POST":
        try:
            actions.delete_network(network, actor=access.actor)
        except AccountsError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, f"Network {network.label} is deleted.")
        return redirect("accounts:networks")
    context = {
        "heading": f"Delete the network {network.label}?",
        "consequences": ["Its services stay and belong to no network then."],
        "cancel_url": reverse("accounts:networks"),
    }
    return render(request, "components/confirm_page.html", context)


def api_keys(request: HttpRequest) -> HttpResponse:
    """List API keys and make one; its text is shown only in this answer."""
    access = access_of(request)
    access.require_admin()
    form = ApiKeyForm(request.POST or None)
    new_key = ""
    now = timezone.now()
    if request.method == "POST" and form.is_valid():
        _, new_key = actions.create_api_key(
            access.organization,
            name=form.cleaned_data["name"],
            scope=form.cleaned_data["scope"],
            actor=access.actor,
            expires_at=form.expires_at(now=now),
        )
        form = ApiKeyForm()
    context = {
        "form": form,
        "new_key": new_key,
        "api_keys": access.rows(ApiKey).select_related("created_by"),
        "now": now,
        "site_url": settings.SITE_URL,
    }
    return render(request, "accounts/api_keys.html", context, status=_code(form))


@require_POST
def api_key_revoke(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Close an API key at once."""
    access = access_of(request)
    access.require_admin()
    api_key = access.get(ApiKey, key_id)
    if actions.revoke_api_key(api_key, actor=access.actor, now=timezone.now()):
        messages.success(request, f"The key {api_key.name} opens nothing any more.")
    else:
        messages.info(request, f"The key {api_key.name} was revoked before.")
    return redirect("accounts:api-keys")


@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """List what people and keys did, newest first."""
    access = access_of(request)
    access.require_admin()
    entries = access.rows(AuditEntry)
    action, who = request.GET.get("action", ""), request.GET.get("who", "")
    if action:
        entries = entries.filter(action__icontains=action)
    if who:
        entries = entries.filter(actor_label__icontains=who)
    context = {"page": paginate(entries, request), "action": action, "who": who}
    return render(request, "accounts/audit.html", context)


def _code(form: object) -> int:
    """A form that was sent back with errors is no success for a program."""
    has_errors = bool(getattr(form, "errors", None))
    return HTTPStatus.UNPROCESSABLE_ENTITY if has_errors else HTTPStatus.OK


def _uuid_or_404(text: str | None) -> UUID:
    try:
        return UUID(text or "")
    except ValueError:
        raise Http404 from None
