"""What operators of real numbers share: their form, and functions in place of a C library's."""
