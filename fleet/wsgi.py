"""The WSGI entry point of the web process."""

import os

from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fleet.settings")
os.environ.setdefault("EDGEFLEET_PROCESS", "web")

application = get_wsgi_application()
if settings.EDGEFLEET_PRODUCTION:
    # No server runs the checks by itself, and a web process that could sign must not serve.
    call_command("check")
