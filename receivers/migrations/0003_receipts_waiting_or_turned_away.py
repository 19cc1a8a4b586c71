from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("receivers", "0002_senders")]

    operations = [
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(
                fields=["receiver", "-id"],
                condition=models.Q(reason="rate_limited"),
                name="receipt_rate_limited",
            ),
        ),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(
                fields=["received_at"],
                condition=models.Q(reason="verifying"),
                name="receipt_verifying",
            ),
        ),
    ]
