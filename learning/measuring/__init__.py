"""Measurements of the learning side, for the commands that print them."""
