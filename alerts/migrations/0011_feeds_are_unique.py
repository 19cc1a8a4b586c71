"""Find a calendar by the hash of its token, of which there is one."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0010_fill_encrypted_feeds_and_followers")]

    operations = [
        migrations.AddConstraint(
            model_name="oncallschedule",
            constraint=models.UniqueConstraint(
                condition=models.Q(("feed_token_hash", ""), _negated=True),
                fields=("feed_token_hash",),
                name="oncallschedule_feed_unique",
            ),
        ),
        migrations.AddConstraint(
            model_name="oncallperson",
            constraint=models.UniqueConstraint(
                condition=models.Q(("feed_token_hash", ""), _negated=True),
                fields=("feed_token_hash",),
                name="oncallperson_feed_unique",
            ),
        ),
    ]
