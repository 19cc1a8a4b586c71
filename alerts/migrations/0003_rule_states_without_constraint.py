"""Let a rule be deleted while something that it watches changes."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0006_uptimeprogress"),
    ]

    operations = [
        migrations.AlterField(
            model_name="rulestate",
            name="rule",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="states",
                to="alerts.rule",
            ),
        ),
    ]
