"""Posts that people write on a status page: made, corrected, taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.actions import list_changes, record_audit
from alerts.actions.post_telling import tell_post
from alerts.actions.status_pages import touch_page
from alerts.models import StatusPageComponent, StatusPost
from alerts.status_page.maintenance import covers

if TYPE_CHECKING:
    from accounts.datatypes import Actor

FIELDS = ("title", "state", "message")
State = StatusPost.State
#: Which words fit what is posted about.
WINDOW_STATES = (State.SCHEDULED, State.IN_PROGRESS, State.COMPLETED)
INCIDENT_STATES = (
    State.INVESTIGATING,
    State.IDENTIFIED,
    State.MONITORING,
    State.RESOLVED,
)


@transaction.atomic
def create_status_post(
    post: StatusPost,
    *,
    actor: Actor,
    now: datetime,
    components: Sequence[StatusPageComponent] | None = None,
) -> StatusPost:
    """Post on a page, and tell who follows it, once; the event is committed with it.

    Args:
        post: With its page; an empty title takes that of the incident or the window.
        actor: Who posts.
        now: When.
        components: What it is about; None takes what the incident or the window is
            about, and without either the whole page.

    Raises:
        ValidationError: With a sentence for each field that needs mending.
    """
    subject = post.incident or post.window
    if subject is not None and not post.title.strip():
        post.title = subject.title
    if errors := find_post_errors(post, components=components):
        raise ValidationError(errors)
    shown = list(components) if components is not None else _find_components(post)
    post.actor_label, post.created_at = actor.label[:200], now
    post.save(force_insert=True)
    post.components.set(shown)
    touch_page(post.page)
    _audit(post, "created", actor=actor, changes=list_changes({}, _values(post)))
    trace = post.incident.trace if post.incident is not None else None
    tell_post(post, shown, now=now, trace=trace)
    return post


@transaction.atomic
def edit_status_post(post: StatusPost, *, actor: Actor) -> bool:
    """Correct a post; followers, who have read it, are not told again.

    Returns:
        False when nothing is different.

    Raises:
        ValidationError: With a sentence for each field that needs mending.
    """
    if errors := find_post_errors(post):
        raise ValidationError(errors)
    stored = StatusPost.objects.select_for_update(of=("self",)).get(pk=post.pk)
    changes = list_changes(_values(stored), _values(post))
    if not changes:
        return False
    post.save(update_fields=FIELDS)
    touch_page(post.page)
    _audit(post, "updated", actor=actor, changes=changes)
    return True


@transaction.atomic
def delete_status_post(post: StatusPost, *, actor: Actor) -> None:
    """Take a post off its page; mails that told of it cannot be taken back."""
    touch_page(post.page)
    _audit(post, "deleted", actor=actor, changes=list_changes(_values(post), {}))
    post.delete()


def find_post_errors(
    post: StatusPost, *, components: Sequence[StatusPageComponent] | None = None
) -> dict[str, list[str]]:
    """Return what needs mending on a post: field to sentences."""
    errors: dict[str, list[str]] = {}
    post.title, post.message = post.title.strip(), post.message.strip()
    excluded = ("page", "incident", "window", "actor_label", "created_at")
    try:
        post.clean_fields(exclude=excluded)
    except ValidationError as error:
        errors |= {name: list(m) for name, m in error.message_dict.items()}
    if not post.title and "title" in errors:
        errors["title"] = ["Write a title, such as “Logins fail”."]
    if len(post.message) > 5000:
        errors["message"] = ["Write at most 5,000 characters."]
    for name, sentence in _find_wrong_subjects(post, components or ()):
        errors.setdefault(name, []).append(sentence)
    return errors


def _find_wrong_subjects(
    post: StatusPost, components: Sequence[StatusPageComponent]
) -> list[tuple[str, str]]:
    owner = post.page.organization_id
    incident, window = post.incident, post.window
    checks = (
        (
            incident and incident.organization_id != owner,
            "incident",
            "Choose an incident of this organization.",
        ),
        (
            window and (window.organization_id != owner or not window.is_maintenance),
            "window",
            "Choose a maintenance window of this organization.",
        ),
        (
            incident and window,
            "window",
            "A post is about an incident or about maintenance, not about both.",
        ),
        (
            window and not incident and post.state not in WINDOW_STATES,
            "state",
            "Of maintenance choose scheduled, in_progress or completed.",
        ),
        (
            incident and not window and post.state not in INCIDENT_STATES,
            "state",
            "Of an incident choose investigating, identified, monitoring or resolved.",
        ),
        (
            any(each.page_id != post.page_id for each in components),
            "components",
            "Choose what stands on this page.",
        ),
    )
    return [(name, sentence) for wrong, name, sentence in checks if wrong]


def _find_components(post: StatusPost) -> list[StatusPageComponent]:
    if post.incident is None and post.window is None:
        return []
    rows = post.page.components.select_related("service").order_by("position", "pk")
    if post.incident is not None:
        affected = post.incident.affected.values("service")
        return list(rows.filter(service__in=affected))
    assert post.window is not None
    return [row for row in rows if covers(post.window, row.service)]


def _audit(post: StatusPost, verb: str, *, actor: Actor, changes: Any) -> None:
    record_audit(
        organization=post.page.organization,
        actor=actor,
        action=f"status_post.{verb}",
        target=post,
        changes=changes,
    )


def _values(post: StatusPost) -> dict[str, Any]:
    return {name: getattr(post, name) for name in FIELDS}
