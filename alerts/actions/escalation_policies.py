"""Escalation policies: saved with their steps, deleted, and chosen for an incident."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.actions import list_changes, record_audit
from alerts.models import EscalationPolicy, EscalationStep, Incident

if TYPE_CHECKING:
    from accounts.datatypes import Actor
    from alerts.models import OnCallSchedule, Service
    from webhooks.models import Destination

MAX_STEPS = 20
MAX_WAIT_MINUTES = 1440
FIELDS = ("label", "description", "is_default", "minimum_severity", "repeat_count")
SEVERITIES = tuple(Incident.Severity.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStep:
    """A step to store: a destination or a schedule, and the wait after it."""

    destination: Destination | None = None
    schedule: OnCallSchedule | None = None
    wait_minutes: int = 5


@transaction.atomic
def save_policy(
    policy: EscalationPolicy, *, steps: Sequence[NewStep] | None = None, actor: Actor
) -> EscalationPolicy:
    """Store a policy with its steps as one document; what runs already is not changed.

    The default of an organization is one: the former one stops being it.

    Args:
        policy: With the new values on it.
        steps: All of them in their order; None leaves them as they are.
        actor: Who does it.

    Raises:
        ValidationError: With a sentence for each field; nothing was written.
    """
    is_new = policy._state.adding
    _check_policy(policy, () if steps is None and is_new else steps)
    before = {} if is_new else _values(EscalationPolicy.objects.get(pk=policy.pk))
    if policy.is_default:
        others = EscalationPolicy.objects.filter(
            organization=policy.organization, is_default=True
        )
        others.exclude(pk=policy.pk).update(is_default=False)
    policy.save()
    if steps is not None:
        _write_steps(policy, steps)
    changes = list_changes(before, _values(policy))
    if is_new or changes:
        record_audit(
            organization=policy.organization,
            actor=actor,
            action="escalation_policy.created"
            if is_new
            else "escalation_policy.updated",
            target=policy,
            changes=changes,
        )
    return policy


@transaction.atomic
def delete_policy(policy: EscalationPolicy, *, actor: Actor) -> None:
    """Remove a policy; services that named it take the default, what runs goes on."""
    record_audit(
        organization=policy.organization,
        actor=actor,
        action="escalation_policy.deleted",
        target=policy,
    )
    policy.delete()


def find_policy(
    incident: Incident, services: Collection[Service]
) -> EscalationPolicy | None:
    """Return the policy that an incident follows; None when there is none for it.

    Each service speaks for the policy that it names or else for the default one, and
    an incident without services for the default one. Policies for worse incidents
    only, and those without steps, stand back. Of several the strictest is taken: the
    one whose second step comes soonest, then its third, and so on; of equal ones the
    oldest.
    """
    named = {service.escalation_policy_id for service in services} or {None}
    rows = EscalationPolicy.objects.filter(organization=incident.organization_id)
    policies = [
        policy
        for policy in rows.prefetch_related("steps").order_by("pk")
        if (policy.pk in named or (None in named and policy.is_default))
        and policy.steps.all()
        and is_severe_enough(policy, incident.severity)
    ]
    return min(policies, key=_rank, default=None)


def is_severe_enough(policy: EscalationPolicy, severity: str) -> bool:
    """Whether a policy is for incidents of this severity."""
    least = policy.minimum_severity
    return not least or SEVERITIES.index(severity) >= SEVERITIES.index(least)


def find_step_errors(steps: Iterable[NewStep], organization_id: object) -> list[str]:
    """Return what is wrong with the steps, a sentence each that names the step."""
    rows = list(steps)
    if not rows:
        return ["Add at least one step: a webhook or an on-call schedule."]
    if len(rows) > MAX_STEPS:
        return [f"A policy has at most {MAX_STEPS} steps."]
    return [
        f"Step {number}: {sentence}"
        for number, step in enumerate(rows, 1)
        for sentence in _find_errors(step, organization_id)
    ]


def _find_errors(step: NewStep, organization_id: object) -> list[str]:
    found: list[str] = []
    if (step.destination is None) == (step.schedule is None):
        found.append("choose a webhook or an on-call schedule, one of them.")
    targets = (step.destination, step.schedule)
    if any(each and each.organization_id != organization_id for each in targets):
        found.append("choose from this organization only.")
    if step.destination is not None and step.destination.managed_by:
        found.append("choose a webhook that people made.")
    if not 0 <= step.wait_minutes <= MAX_WAIT_MINUTES:
        found.append("wait 0 minutes to a day (1440).")
    return found


def _check_policy(policy: EscalationPolicy, steps: Sequence[NewStep] | None) -> None:
    policy.label = str(policy.label).strip()
    errors: dict[str, Any] = {}
    try:
        policy.full_clean(validate_constraints=False)
    except ValidationError as error:
        errors = dict(error.message_dict)
    if steps is not None and (
        sentences := find_step_errors(steps, policy.organization_id)
    ):
        errors["steps"] = sentences
    if errors:
        raise ValidationError(errors)


def _write_steps(policy: EscalationPolicy, steps: Sequence[NewStep]) -> None:
    policy.steps.all().delete()
    EscalationStep.objects.bulk_create(
        EscalationStep(
            policy=policy,
            position=position,
            destination=step.destination,
            schedule=step.schedule,
            wait_minutes=step.wait_minutes,
        )
        for position, step in enumerate(steps)
    )


def _rank(policy: EscalationPolicy) -> tuple[float, ...]:
    """Return when each step is taken, in minutes; one that never comes is infinite."""
    waits = [step.wait_minutes for step in policy.steps.all()]
    waits *= policy.repeat_count + 1
    times = [float(sum(waits[:number])) for number in range(len(waits))]
    longest = MAX_STEPS * 11  # the most steps, gone through ten times more
    return (*times, *[float("inf")] * (longest - len(times)))


def _values(policy: EscalationPolicy) -> dict[str, Any]:
    steps = policy.steps.select_related("destination", "schedule")
    told = [
        f"{step.destination or step.schedule}, then {step.wait_minutes} min"
        for step in steps
    ]
    return {name: getattr(policy, name) for name in FIELDS} | {"steps": told}
