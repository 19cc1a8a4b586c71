"""Words prepared in calm times, and what they say of something that happens."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.actions import list_changes, record_audit
from alerts.models import PostTemplate
from alerts.status_page.places import check_places, fill_places
from alerts.status_page.words import find_worst
from integrations_project.lib.zones import find_zone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from accounts.datatypes import Actor
    from alerts.models import Incident, StatusPage, StatusPageComponent, Window

FIELDS = ("label", "title", "state", "message")
TAKEN = "Another template has this name; choose another one."


class FilledTemplate(NamedTuple):
    """What a template says of something."""

    title: str
    state: str
    message: str


def save_post_template(template: PostTemplate, *, actor: Actor) -> PostTemplate:
    """Store a template, new or changed.

    Raises:
        ValidationError: With a sentence for each field that needs mending.
    """
    if errors := find_template_errors(template):
        raise ValidationError(errors)
    is_new = template._state.adding
    stored = None if is_new else PostTemplate.objects.get(pk=template.pk)
    changes = list_changes(_values(stored), _values(template))
    try:
        with transaction.atomic():
            template.save()
            if is_new or changes:
                record_audit(
                    organization=template.organization,
                    actor=actor,
                    action=f"post_template.{'created' if is_new else 'updated'}",
                    target=template,
                    changes=changes,
                )
    except IntegrityError:
        raise ValidationError({"label": [TAKEN]}) from None
    return template


@transaction.atomic
def delete_post_template(template: PostTemplate, *, actor: Actor) -> None:
    """Remove a template; what was posted with it stays."""
    record_audit(
        organization=template.organization,
        actor=actor,
        action="post_template.deleted",
        target=template,
    )
    template.delete()


def find_template_errors(template: PostTemplate) -> dict[str, Any]:
    """Return what needs mending on a template: field to sentences."""
    errors: dict[str, Any] = {}
    try:
        template.full_clean()
    except ValidationError as error:
        found = error.update_error_dict({})
        # Two fields are unique together: say it at the one that people write.
        if found.pop("__all__", None):
            errors["label"] = [TAKEN]
        errors |= found
    for name in ("title", "message"):
        try:
            check_places(getattr(template, name))
        except ValidationError as error:
            errors.setdefault(name, []).extend(error.messages)
    return errors


def fill_template(
    template: PostTemplate,
    page: StatusPage,
    *,
    now: datetime,
    components: Sequence[StatusPageComponent] = (),
    incident: Incident | None = None,
    window: Window | None = None,
) -> FilledTemplate:
    """Return what a template says of an incident, a window or some components."""
    zone = find_zone(page.time_zone)
    here = now.astimezone(zone)
    subject = incident or window
    values = {
        "service": ", ".join(str(component) for component in components),
        "title": subject.title if subject else "",
        "page": page.title,
        "status": find_worst(c.service.status for c in components),
        "severity": incident.severity if incident else "",
        "number": str(incident.number) if incident else "",
        "date": f"{here:%d %B %Y}",
        "time": f"{here:%H:%M}",
    }
    if window is not None:
        begin, end = window.starts_at.astimezone(zone), window.ends_at.astimezone(zone)
        values["starts_at"] = f"{begin:%d %B %Y, %H:%M}"
        values["ends_at"] = f"{end:%d %B %Y, %H:%M}"
    return FilledTemplate(
        title=fill_places(template.title, values)[:200],
        state=template.state,
        message=fill_places(template.message, values)[:5000],
    )


def _values(template: PostTemplate | None) -> dict[str, Any]:
    return {} if template is None else {n: getattr(template, n) for n in FIELDS}
