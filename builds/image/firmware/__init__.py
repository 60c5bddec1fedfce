"""C++ that goes into every model image, as text."""
