"""Tasks are named by strings: a wrong string would be a job that nobody ever does."""

from django.conf import settings

from fleet.celery import app


def test_every_scheduled_and_routed_name_is_a_task() -> None:
    app.loader.import_default_modules()
    named = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    named |= set(settings.CELERY_TASK_ROUTES)
    assert named - set(app.tasks) == set()
