"""What reads a stranger's model thinks in the jail, and has its tools run for it from outside.

One child for each piece of work. It may start no process; where it needs a compiler or an engine it
asks the worker, which runs that in a jail of its own: files in, files out.
"""
