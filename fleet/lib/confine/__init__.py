"""The trusted processes around a jailed command, and the means of the kernel that hold it.

They start once for each command, so they import little: the standard library's `pathlib` and
`dataclasses` alone would double the time. `fleet.lib.jail` is the only door.
"""
