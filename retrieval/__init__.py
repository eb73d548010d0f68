"""The read side: recall, channels, fusion, traces, evaluation."""
