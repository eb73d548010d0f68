"""Telling people that a signal fires: by a deed, which webhooks read, and by e-mail; seldom enough to be read."""
