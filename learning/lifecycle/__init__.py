"""A memory's way through its statuses: which moves there are, who makes them, and waking what sleeps."""
