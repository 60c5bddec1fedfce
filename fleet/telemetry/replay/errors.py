"""What a folder is refused for."""


class BadFolder(Exception):
    """The folder cannot be replayed; the message says why in one sentence."""
