"""Telling people that a signal fires: by webhook and by e-mail, seldom enough to be read."""
