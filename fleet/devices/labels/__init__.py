"""Labels of devices: their rules, queries over them, and the SQL of a query."""
