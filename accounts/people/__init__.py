"""People who sign in: their second factor, sessions and one-time links."""
