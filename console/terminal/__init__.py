"""The console for a terminal."""
