"""Whether a memory does well: fifteen signals, each with a range, a warm-up, and what to do when it leaves it."""
