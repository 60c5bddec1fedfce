"""The Celery app: a leaf that names tasks and queues as strings and imports none of them.

The broker only wakes workers. The truth of every job is its database row (see `fleet.lib.jobs`),
so results are not kept, a lost message is found by the sweeper, and a repeated one finds its row
taken.
"""

import os

from celery import Celery

from fleet.lib import broker
from fleet.lib.logs import task as task_log

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fleet.settings")

broker.register()
task_log.connect()
app = Celery("edgefleet")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Request threads of the web process would otherwise see another current app, and send to no broker.
app.set_default()
