"""Let the product keep destinations of its own."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("webhooks", "0003_delivery_lists"),
    ]

    operations = [
        migrations.AddField(
            model_name="destination",
            name="managed_by",
            field=models.CharField(
                blank=True,
                choices=[
                    ("rule", "A rule"),
                    ("on_call", "On-call"),
                    ("status_page", "A status page"),
                ],
                default="",
                editable=False,
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="destination",
            name="shares_with",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="sharing",
                to="webhooks.destination",
            ),
        ),
    ]
