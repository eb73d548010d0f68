"""The Celery app: one worker with beat in the embedded default, any number of workers elsewhere."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memoryproject.settings")
app = Celery("garner")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
