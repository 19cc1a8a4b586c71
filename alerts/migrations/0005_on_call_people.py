import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("webhooks", "0004_managed_destinations"),
        ("alerts", "0004_incident_episodes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="oncallschedule",
            name="feed_token",
            field=models.CharField(
                blank=True,
                db_index=True,
                editable=False,
                help_text="Opens its calendar feed.",
                max_length=64,
            ),
        ),
        migrations.CreateModel(
            name="OnCallPerson",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "feed_token",
                    models.CharField(
                        blank=True,
                        db_index=True,
                        editable=False,
                        help_text="Opens the feed of their own shifts.",
                        max_length=64,
                    ),
                ),
                (
                    "destination",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="on_call_person",
                        to="webhooks.destination",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="on_call_people",
                        to="accounts.organization",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="on_call_people",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "on-call people",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "user"),
                        name="oncallperson_user_unique",
                    )
                ],
            },
        ),
    ]
