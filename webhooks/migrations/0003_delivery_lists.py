"""Let lists of failed, skipped and cancelled deliveries stay fast in a long history."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0002_delivery_settings")]

    operations = [
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                fields=["organization", "status", "-id"],
                name="delivery_unsent",
                condition=models.Q(status__in=("failed", "skipped", "cancelled")),
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                fields=["destination", "status", "-id"],
                name="delivery_destination_unsent",
                condition=models.Q(status__in=("failed", "skipped", "cancelled")),
            ),
        ),
    ]
