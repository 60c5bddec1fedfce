"""Scripts that run in a child process, one engine each; they import nothing of ours and are started by path."""
