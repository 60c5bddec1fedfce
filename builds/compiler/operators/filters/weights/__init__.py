"""What layers with 8-bit weights share: banks of filters, their layouts and their checks."""
