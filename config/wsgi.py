"""Entry point for gunicorn."""

import gc
import os
from importlib import import_module

from config import embedded
from config.counting import share_counts

embedded.load()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
share_counts()

from django.core.wsgi import get_wsgi_application  # noqa: E402  (settings need the environment first)

from config.hiding import hide_in_server_logs  # noqa: E402
from config.logs import take_server_logs  # noqa: E402

hide_in_server_logs()
application = get_wsgi_application()
take_server_logs()

# Every page and endpoint is loaded before the workers part, which then share it; it is never looked through again, so
# that the garbage of requests is found soon.
import_module("config.urls")
gc.freeze()
gc.collect()
