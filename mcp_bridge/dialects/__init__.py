"""What the seeds' results look like, and how ours are translated into them."""
