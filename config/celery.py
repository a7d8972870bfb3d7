"""The Celery application: tasks carry ids only, never a patient's details."""

import os

from celery import Celery

from config import embedded

embedded.load()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("sarcoma_mdt")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
