"""Why no artifact could be made, or a given one cannot be used."""


class ImageError(Exception):
    """Root of what this package raises on purpose."""


class ImageTooLarge(ImageError):
    """The model is larger than the board's slot or RAM."""


class BadImage(ImageError):
    """These bytes are not an image, or not one that the key signed."""
