"""Rules as they are stored, however they were changed and whoever did it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts.actions.rule_loading import build_spec, load_rules, load_targets
from alerts.models import Rule, RuleTarget
from tests.factories import (
    make_destination,
    make_network,
    make_organization,
    make_rule,
    make_service,
)

pytestmark = pytest.mark.django_db
HOURS = {
    "time_zone": "Europe/Paris",
    "windows": [{"days": [0], "from": "08:00", "to": "18:00"}],
}


@pytest.fixture
def organization():
    return make_organization()


def load(organization, **options):
    return load_rules(organization, ["service.status_changed"], **options)


def test_has_what_is_stored(organization):
    rule = make_rule(
        organization=organization,
        event_types=["service.*"],
        company_wide=False,
        networks=[make_network(organization=organization)],
        services=[make_service(organization=organization) for _ in range(2)],
        excluded_networks=[make_network(organization=organization)],
        labels={"tier": "Ä"},
        minimum_severity="major",
        conditions=[{"field": "status", "op": "equals", "value": None}],
        allowed_names=[{"match": "prefix", "value": "A"}],
        ignored_names=[{"match": "exact", "value": "B"}],
        options={"threshold": 1.5},
        active_hours=HOURS,
        delay_seconds=60,
        repeat_seconds=300,
    )
    plain = make_rule(organization=organization)
    for _ in range(2):  # the second time it is kept
        found = {each.id: each for each in load(organization)}
        assert found.keys() == {rule.pk, plain.pk}
        assert found[rule.pk].label == rule.label
        assert found[rule.pk].spec == build_spec(rule)
        spec = found[plain.pk].spec
        assert spec.company_wide is True
        scope = [spec.service_ids, spec.network_ids, spec.excluded_network_ids]
        assert not any(scope)


def test_change_behind_our_back_counts_at_once(organization):
    network = make_network(organization=organization)
    service = make_service(organization=organization, network=network)
    rule = make_rule(organization=organization, services=[service])
    [before] = load(organization)
    assert before.spec.service_ids == {service.pk}
    # As another process, the admin, or a person with a database client does it: no
    # time of change is written, and nobody is told.
    rows = Rule.objects.filter(pk=rule.pk)
    rows.update(conditions=[{"field": "status", "op": "equals", "value": "down"}])
    service.delete()
    [after] = load(organization)
    assert after.spec.conditions[0]["value"] == "down"
    assert not after.spec.service_ids
    rows.update(event_types=["incident.*"])
    assert load(organization) == []
    assert [each.id for each in load(organization, and_also=[rule.pk])] == [rule.pk]
    rows.update(enabled=False)
    assert load(organization, and_also=[rule.pk]) == []


def test_rules_of_others_stay_out(organization):
    make_rule()
    make_rule(services=[make_service()])
    assert load(organization) == []


def test_targets_of_both_kinds(organization):
    targets = [make_destination(organization=organization) for _ in range(3)]
    rules = [make_rule(organization=organization, targets=targets[:1]) for _ in "ab"]
    RuleTarget.objects.create(
        rule=rules[0], destination=targets[1], url="http://x/", sender=targets[2]
    )
    assert load_targets([rule.pk for rule in rules]) == {
        rules[0].pk: {targets[0].pk, targets[2].pk},
        rules[1].pk: {targets[0].pk},
    }
    assert load_targets([]) == {}


def test_statements_do_not_grow_with_the_rules(organization):
    service = make_service(organization=organization)
    for _ in range(20):
        make_rule(organization=organization, services=[service])
    with CaptureQueriesContext(connection) as captured:
        assert len(load(organization)) == 20
    assert len(captured) == 2
