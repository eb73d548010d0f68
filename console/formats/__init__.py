"""How dates are written on pages: as in the logs."""
