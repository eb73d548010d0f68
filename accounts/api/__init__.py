"""REST: who asks, how errors look, the base of every view."""
