"""Evaluation as a feature: sets, metrics, runs. `manage.py evaluate` is its command."""
