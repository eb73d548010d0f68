"""REST of the write side."""
