"""Entry point for gunicorn."""

import os

from config import embedded

embedded.load()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.core.wsgi import get_wsgi_application  # noqa: E402  (settings need the environment first)

application = get_wsgi_application()
