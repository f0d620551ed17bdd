"""Celery: the bell. What must be done is a row in the database; a message only says "look"."""

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

TRANSPORT_ALIASES["spool"] = "config.spool:Transport"
app = Celery("jumpseller_invoicing")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
