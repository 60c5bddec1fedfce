"""REST of true labels and captured samples."""
