"""Draws how far the escalation of an incident is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template

from alerts.actions.escalations import describe
from alerts.models import Escalation

if TYPE_CHECKING:
    from alerts.models import Incident

register = template.Library()


@register.inclusion_tag("alerts/_escalation.html")
def escalation_of(incident: Incident) -> dict[str, Any]:
    """Draw the steps of an incident's escalation; nothing when it has none."""
    escalation = Escalation.objects.filter(pk=incident.pk).first()
    if escalation is None:
        return {"escalation": None}
    return {"escalation": escalation, "steps": describe(escalation)}
