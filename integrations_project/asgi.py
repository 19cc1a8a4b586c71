"""The ASGI application that the web server of `./manage.py serve` runs."""

from __future__ import annotations

from integrations_project.wsgi import application as django_application

# Only now: importing the application above has set Django up.
from integrations_project.front.application import Front  # isort: skip

application = Front(django_application)
