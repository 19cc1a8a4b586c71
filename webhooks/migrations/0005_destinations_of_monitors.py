"""Let monitors keep destinations."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("webhooks", "0004_managed_destinations"),
    ]

    operations = [
        migrations.AlterField(
            model_name="destination",
            name="managed_by",
            field=models.CharField(
                blank=True,
                choices=[
                    ("rule", "A rule"),
                    ("on_call", "On-call"),
                    ("status_page", "A status page"),
                    ("monitor", "A monitor"),
                ],
                default="",
                editable=False,
                max_length=20,
            ),
        ),
    ]
