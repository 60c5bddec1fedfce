"""The ASGI entry point of the web process."""

import os

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.management import call_command

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fleet.settings")
os.environ.setdefault("EDGEFLEET_PROCESS", "web")

application = get_asgi_application()
if settings.EDGEFLEET_PRODUCTION:
    # No server runs the checks by itself, and a web process that could sign must not serve.
    call_command("check")
