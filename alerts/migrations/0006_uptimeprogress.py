import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("alerts", "0005_on_call_people"),
    ]

    operations = [
        migrations.CreateModel(
            name="UptimeProgress",
            fields=[
                (
                    "organization",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="uptime_progress",
                        serialize=False,
                        to="accounts.organization",
                    ),
                ),
                (
                    "time_zone",
                    models.CharField(
                        help_text="Whose days are stored; another one begins anew.",
                        max_length=64,
                    ),
                ),
                (
                    "last_day",
                    models.DateField(
                        help_text=(
                            "The last day that is counted; empty before the first."
                        ),
                        null=True,
                    ),
                ),
                (
                    "checked_at",
                    models.DateTimeField(
                        help_text=(
                            "When changes of the past that arrived late were last "
                            "looked for."
                        )
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "uptime progress",
            },
        ),
    ]
