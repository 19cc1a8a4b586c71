"""Rules for what `webhooks` itself tells: failing, recovered, disabled."""

from __future__ import annotations

import pytest

from tests.factories import make_destination, make_network, make_rule, make_service
from webhooks.actions import disable_by_itself
from webhooks.models import Delivery

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken():
    return make_destination(event_types=[])


@pytest.fixture
def target(broken):
    return make_destination(organization=broken.organization, event_types=[])


def told():
    return [(d.destination, d.event_type) for d in Delivery.objects.all()]


@pytest.mark.parametrize("pattern", ["destination.disabled", "destination.*", "*"])
def test_rule_sends_to_its_targets(pattern, broken, target):
    make_rule(targets=[target, broken], event_types=[pattern])

    disable_by_itself(broken.pk, reason="It is gone.")

    assert told() == [(target, "destination.disabled")]


def test_rules_for_others_are_silent(broken, target):
    organization = broken.organization
    service = make_service(organization=organization)
    network = make_network(organization=organization)
    make_rule(targets=[target], event_types=["incident.*"])
    make_rule(targets=[target], services=[service])
    make_rule(targets=[target], company_wide=False, networks=[network])
    make_rule(targets=[make_destination(event_types=[])])

    disable_by_itself(broken.pk, reason="It is gone.")

    assert told() == []
