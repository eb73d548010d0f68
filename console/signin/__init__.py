"""Signing in: a password, then a code; enrolling; one-time links; one's own account."""
