"""Make room for the hashes and ciphertexts of feed tokens and of followers' keys."""

from __future__ import annotations

from django.db import migrations, models

import integrations_project.lib.encryption


class Migration(migrations.Migration):
    dependencies = [("alerts", "0008_post_components")]

    operations = [
        migrations.AddField(
            model_name="oncallschedule",
            name="feed_token_hash",
            field=models.CharField(
                blank=True, default="", editable=False, max_length=64
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="oncallperson",
            name="feed_token_hash",
            field=models.CharField(
                blank=True, default="", editable=False, max_length=64
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="subscriber",
            name="key_hash",
            field=models.CharField(default="", editable=False, max_length=64),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="oncallschedule",
            name="feed_token",
            field=integrations_project.lib.encryption.EncryptedTextField(
                blank=True,
                default="",
                editable=False,
                help_text="Opens its calendar feed.",
            ),
        ),
        migrations.AlterField(
            model_name="oncallperson",
            name="feed_token",
            field=integrations_project.lib.encryption.EncryptedTextField(
                blank=True,
                default="",
                editable=False,
                help_text="Opens the feed of their own shifts.",
            ),
        ),
        migrations.AlterField(
            model_name="subscriber",
            name="key",
            field=integrations_project.lib.encryption.EncryptedTextField(
                editable=False
            ),
        ),
    ]
