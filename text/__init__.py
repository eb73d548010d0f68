"""What text is made of: normal forms, search terms, and the cues that ranking reads. No database, no settings."""
