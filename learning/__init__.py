"""What Garner learns: a graph beside the memories, changed by feedback and use, and the jobs that tidy it."""
