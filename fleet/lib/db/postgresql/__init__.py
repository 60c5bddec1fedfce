"""PostgreSQL as Django speaks to it, and a look at a connection that costs no query."""
