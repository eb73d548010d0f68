"""Addresses of feedback and of what was learned."""
