"""Let a post say which parts of its page it is about."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0007_windows_silence_rules")]

    operations = [
        migrations.AddField(
            model_name="statuspost",
            name="components",
            field=models.ManyToManyField(
                blank=True,
                help_text="What it is about; none chosen means the whole page.",
                related_name="posts",
                to="alerts.statuspagecomponent",
            ),
        ),
    ]
