"""Scripts that run in a child process, by path."""
