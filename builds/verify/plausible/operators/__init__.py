"""Every operator in real numbers, and how far fixed-point arithmetic may be off."""
