"""Settings, addresses and the Celery application: no rules inside."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
