"""Models of parts below the console, on its site. Importing this registers them."""

from console.admin import grains, logs

__all__ = ["grains", "logs"]
