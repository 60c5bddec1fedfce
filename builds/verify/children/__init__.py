"""Scripts that run in a child process, one engine each.

They import nothing of ours and are started by path.
"""
