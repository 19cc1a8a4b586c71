"""Encrypt the feed tokens and followers' keys that are stored, and note their hashes."""

from __future__ import annotations

import hashlib

from django.db import migrations
from django.db.models import CharField, TextField, Value
from django.db.models.functions import Cast

#: Model, where the secret is, where its hash goes.
PLACES = (
    ("OnCallSchedule", "feed_token", "feed_token_hash"),
    ("OnCallPerson", "feed_token", "feed_token_hash"),
    ("Subscriber", "key", "key_hash"),
)
#: How ciphertexts begin; a run that was cut short goes on where it stopped.
PREFIX = "v1:"


def encrypt(apps, schema_editor):
    for name, secret, hash_name in PLACES:
        model = apps.get_model("alerts", name)
        rows = model.objects.using(schema_editor.connection.alias)
        # Read past the field, which would try to open what is not closed yet.
        stored = rows.annotate(stored=Cast(secret, TextField()))
        for pk, text in stored.values_list("pk", "stored").iterator(chunk_size=500):
            if text and not text.startswith(PREFIX):
                digest = hashlib.sha256(text.encode()).hexdigest()
                rows.filter(pk=pk).update(**{secret: text, hash_name: digest})


def decrypt(apps, schema_editor):
    for name, secret, _ in PLACES:
        model = apps.get_model("alerts", name)
        rows = model.objects.using(schema_editor.connection.alias)
        for pk, text in rows.values_list("pk", secret).iterator(chunk_size=500):
            plain = Value(text, output_field=CharField())
            rows.filter(pk=pk).update(**{secret: plain})


class Migration(migrations.Migration):
    dependencies = [("alerts", "0009_encrypted_feeds_and_followers")]

    operations = [migrations.RunPython(encrypt, decrypt)]
