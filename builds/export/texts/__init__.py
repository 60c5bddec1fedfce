"""C++ that exports carry, as text with @words@."""
