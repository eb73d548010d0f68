"""Commands of the learning side."""
