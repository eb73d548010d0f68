AND grain.number IN (SELECT allowed.number FROM ({allowed}) AS allowed)
