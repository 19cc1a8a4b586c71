from __future__ import annotations

import pytest

from tests import factories

MAKERS = sorted(name for name in vars(factories) if name.startswith("make_"))


@pytest.mark.django_db
@pytest.mark.parametrize("name", MAKERS)
def test_makes_a_row_without_being_told_anything(name):
    made = getattr(factories, name)()
    row = made[0] if isinstance(made, tuple) else made
    assert type(row).objects.get(pk=row.pk) == row


@pytest.mark.django_db
@pytest.mark.parametrize("noun", ["destination", "receiver", "rule", "service"])
def test_configuration_is_valid(noun):
    getattr(factories, f"make_{noun}")().clean()


@pytest.mark.django_db
def test_rows_of_one_story_share_their_organization():
    service = factories.make_service()
    incident = factories.make_incident(services=[service])
    destination = factories.make_destination(organization=service.organization)
    rule = factories.make_rule(targets=[destination])
    delivery = factories.make_delivery(destination=destination)

    organizations = {
        row.organization_id for row in (incident, rule, delivery, delivery.event)
    }
    assert organizations == {service.organization_id}
