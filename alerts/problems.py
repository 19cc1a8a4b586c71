"""Why a rule or an escalation policy tells nobody, or not all that it names.

Webhooks are deleted and switched off by people who do not think of every rule that
sends there. The rule stays as it is, and says so wherever it is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alerts.models import EscalationPolicy, Rule
    from webhooks.models import Destination

NO_TARGET = "It tells nobody: the webhooks that it sent to were deleted. Choose others."
NO_STEP = "It tells nobody: what its steps told was deleted. Add steps."
NO_NETWORK = "It matches nothing: it is for no network. Choose networks."


def list_rule_problems(rule: Rule) -> list[str]:
    """Return a sentence for each thing that keeps a rule from telling anybody.

    Args:
        rule: With its networks, targets and ``further_targets__sender`` loaded.
    """
    targets = [*rule.targets.all()]
    targets += [each.sender for each in rule.further_targets.all()]
    problems = list(_list_disabled(targets)) if targets else [NO_TARGET]
    if not rule.company_wide and not rule.networks.all():
        problems.append(NO_NETWORK)
    return problems


def list_policy_problems(policy: EscalationPolicy) -> list[str]:
    """Return a sentence for each thing that keeps a policy from telling anybody.

    Args:
        policy: With its steps and their destinations loaded.
    """
    steps = policy.steps.all()
    if not steps:
        return [NO_STEP]
    return list(_list_disabled(step.destination for step in steps if step.destination))


def _list_disabled(targets: Iterable[Destination]) -> Iterable[str]:
    for label in dict.fromkeys(each.label for each in targets if not each.enabled):
        yield f"The webhook “{label}” is switched off, so it is told nothing."
