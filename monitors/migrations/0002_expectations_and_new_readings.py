"""Keep which expectation was not met, which pages fail, and since when it is read so."""

from __future__ import annotations

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitors", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="job",
            name="unmet",
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name="schedule",
            name="failures",
            field=models.JSONField(
                default=dict,
                editable=False,
                help_text=("Of each page that fails now: how often in a row, and why."),
            ),
        ),
        migrations.AddField(
            model_name="strategy",
            name="read_anew_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now, editable=False
            ),
        ),
    ]
