"""Status pages: made, edited and deleted, and marked when something on them changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict, Unpack
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F

from accounts.actions import list_changes, record_audit
from alerts.models import StatusPage, StatusPageComponent
from alerts.status_page.logos import find_logo_type
from alerts.status_page.networks import clean_networks
from alerts.status_page.zones import check_zone
from integrations_project.lib.prepared import Prepared

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from accounts.datatypes import Actor
    from accounts.models import Organization
    from alerts.status_page.datatypes import ComponentSpec

MAX_COMPONENTS = 500
FIELDS = (
    "slug",
    "title",
    "description",
    "footer",
    "support_url",
    "website_url",
    "accent_colour",
    "time_zone",
    "public",
    "allowed_networks",
    "allows_subscribers",
    "posts_automatically",
)
# Asked by every post that changes a status.
_SHOWING = Prepared(
    lambda service_ids: StatusPageComponent.objects.filter(
        service__in=service_ids
    ).order_by(),
    service_ids=[UUID(int=1)],
)
TAKEN = "Another status page has this address; choose another one."


class PageParts(TypedDict, total=False):
    """What a page has beside its columns; what is left out stays as it is."""

    components: Sequence[ComponentSpec]  # in their order on the page
    password: str  # "" removes it
    logo: bytes  # b"" removes it


@transaction.atomic
def save_status_page(
    page: StatusPage, *, actor: Actor, **parts: Unpack[PageParts]
) -> StatusPage:
    """Store a page with what is on it; visitors see it from the next look on.

    Raises:
        ValidationError: With a sentence for each field that needs mending.
    """
    if errors := find_page_errors(page, **parts):
        raise ValidationError(errors)
    is_new = page._state.adding
    before = {} if is_new else _values(StatusPage.objects.get(pk=page.pk))
    components = parts.get("components")
    if "password" in parts:
        page.password = make_password(parts["password"]) if parts["password"] else ""
    try:
        with transaction.atomic():
            _write_page(page, is_new=is_new)
    except IntegrityError:
        raise ValidationError({"slug": [TAKEN]}) from None
    if components is not None:
        _write_components(page, components)
    touch_page(page)

    changes = list_changes(before, _values(page))
    if is_new or changes or parts:
        record_audit(
            organization=page.organization,
            actor=actor,
            action="status_page.created" if is_new else "status_page.updated",
            target=page,
            changes=changes,
        )
    return page


@transaction.atomic
def delete_status_page(page: StatusPage, *, actor: Actor) -> None:
    """Remove a page with its posts and subscribers; services and incidents stay."""
    record_audit(
        organization=page.organization,
        actor=actor,
        action="status_page.deleted",
        target=page,
    )
    page.delete()


def touch_status_pages(service_ids: Collection[UUID]) -> list[UUID]:
    """Mark the pages that show these services as changed; returns their ids."""
    return sorted(touch_pages_showing(service_ids))


@transaction.atomic(savepoint=False)
def touch_pages_showing(service_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Mark the pages that show these services as changed; returns which each shows.

    Never waits: a page that somebody else's transaction marks just now is marked
    again right after our commit. So nobody who holds the row of a page ever waits for
    one who wants it, in whatever order services and incidents are locked. Without
    pages this costs one look into an index.

    Source: docs/adr/0012-status-pages-are-served-from-a-snapshot.md.
    """
    shown: dict[UUID, set[UUID]] = {}
    for component in _SHOWING.run(service_ids=service_ids):
        shown.setdefault(component.page_id, set()).add(component.service_id)
    if not shown:
        return {}
    page_ids = sorted(shown)
    free = StatusPage.objects.select_for_update(no_key=True, skip_locked=True)
    marked = _mark(free.filter(pk__in=page_ids).order_by("pk"))
    if marked < len(page_ids):
        transaction.on_commit(lambda: _mark_after_commit(page_ids), robust=True)
    return shown


def touch_page(page: StatusPage) -> None:
    """Mark one page as changed, as after a post; waits for others that mark it."""
    StatusPage.objects.filter(pk=page.pk).update(revision=F("revision") + 1)


def touch_pages_of(organization: Organization) -> None:
    """Mark all pages of an organization, in the order in which everybody does."""
    locked = StatusPage.objects.select_for_update(no_key=True)
    _mark(locked.filter(organization=organization).order_by("pk"))


def find_page_errors(page: StatusPage, **parts: Unpack[PageParts]) -> dict[str, Any]:
    """Return what needs mending on a page and its parts: field to sentences.

    Puts the networks into their plain form, and a new logo onto the page.
    """
    errors: dict[str, Any] = {}
    try:
        page.full_clean(exclude=("password",))
    except ValidationError as error:
        errors = error.update_error_dict(errors)
    specs, logo = parts.get("components"), parts.get("logo")
    _collect(errors, "time_zone", _check_zone, page)
    _collect(errors, "allowed_networks", _check_networks, page)
    if logo is not None:
        _collect(errors, "logo", lambda page: _set_logo(page, logo), page)
    if specs is not None:
        _collect(errors, "services", lambda page: _check_specs(page, specs), page)
    return errors


def _mark_after_commit(page_ids: list[UUID]) -> None:
    with transaction.atomic():
        locked = StatusPage.objects.select_for_update(no_key=True)
        _mark(locked.filter(pk__in=page_ids).order_by("pk"))


def _mark(locked_pages: Any) -> int:
    pages = StatusPage.objects.filter(pk__in=locked_pages.values("pk"))
    return pages.update(revision=F("revision") + 1)


def _write_page(page: StatusPage, *, is_new: bool) -> None:
    if is_new:
        page.save(force_insert=True)
        return
    # Not the revision: others count it up meanwhile.
    written = (*FIELDS, "password", "logo", "logo_type", "updated_at")
    page.save(update_fields=written)


def _write_components(page: StatusPage, specs: Sequence[ComponentSpec]) -> None:
    """Write what is on the page; a service that stays keeps its row and followers."""
    rows = {row.service_id: row for row in page.components.all()}
    wanted = {spec.service.pk for spec in specs}
    page.components.exclude(service__in=wanted).delete()
    for position, spec in enumerate(specs):
        row = rows.get(spec.service.pk) or StatusPageComponent(
            page=page, service=spec.service
        )
        row.position = position
        row.name, row.description = spec.name, spec.description
        row.group, row.shows_uptime = spec.group, spec.shows_uptime
        row.save()


def _collect(errors: dict[str, Any], name: str, check: Any, page: StatusPage) -> None:
    try:
        check(page)
    except ValidationError as error:
        errors.setdefault(name, []).extend(error.messages)


def _check_zone(page: StatusPage) -> None:
    check_zone(page.time_zone)


def _check_networks(page: StatusPage) -> None:
    page.allowed_networks = clean_networks(page.allowed_networks)


def _set_logo(page: StatusPage, logo: bytes) -> None:
    page.logo, page.logo_type = logo, find_logo_type(logo) if logo else ""


def _check_specs(page: StatusPage, specs: Sequence[ComponentSpec]) -> None:
    if len(specs) > MAX_COMPONENTS:
        raise ValidationError(f"A page shows at most {MAX_COMPONENTS} services.")
    if any(s.service.organization_id != page.organization_id for s in specs):
        raise ValidationError("Choose services of this organization.")
    if len({spec.service.pk for spec in specs}) < len(specs):
        raise ValidationError("Name each service once.")
    for spec in specs:
        row = StatusPageComponent(
            page=page,
            service=spec.service,
            name=spec.name,
            description=spec.description,
            group=spec.group,
        )
        row.clean_fields(exclude=("page", "service"))


def _values(page: StatusPage) -> dict[str, Any]:
    values = {name: getattr(page, name) for name in FIELDS}
    shown = page.components.select_related("service").order_by("position", "pk")
    return values | {
        "has_password": bool(page.password),
        "has_logo": bool(page.logo),
        "services": [str(component) for component in shown],
    }
