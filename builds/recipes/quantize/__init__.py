"""A float model becomes an int8 one, in a child process inside the jail."""
