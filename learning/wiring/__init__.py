"""New memories are wired in the background: to their nearest, to their session's, to what they name."""
