"""REST of the read side."""
