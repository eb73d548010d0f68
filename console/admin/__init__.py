"""Models of parts below the console, on its site. Importing this registers them."""

from console.admin import grains, learning, logs, schedules, webhooks

__all__ = ["grains", "learning", "logs", "schedules", "webhooks"]
