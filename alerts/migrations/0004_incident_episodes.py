"""A service may recover within an incident and join it again."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0002_rules_response_uptime_status_pages"),
    ]

    operations = [
        migrations.AddField(
            model_name="incident",
            name="stays_open",
            field=models.BooleanField(
                default=False,
                help_text="The source that opened it leaves resolving it to people.",
            ),
        ),
        migrations.RemoveConstraint(
            model_name="incidentservice", name="incidentservice_service_unique"
        ),
        migrations.AddConstraint(
            model_name="incidentservice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("resolved_at__isnull", True)),
                fields=("incident", "service", "source_kind", "source_id", "key"),
                name="incidentservice_service_unique",
            ),
        ),
    ]
