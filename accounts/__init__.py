"""Who may do what: people, namespaces, keys, the door to rows, the log of deeds."""
