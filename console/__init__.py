"""Pages for people: sign-in, their accounts, and the console of operators."""
