"""How Garner runs by itself: embedded PostgreSQL and Valkey, worker and web, started and watched by
`manage.py up`.
"""
