"""What the seeds' answers look like, and how ours are translated into them: for REST and MCP alike."""
