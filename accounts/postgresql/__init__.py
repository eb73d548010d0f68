"""Django's PostgreSQL backend with a pool that does not lend connections whose server has gone."""
