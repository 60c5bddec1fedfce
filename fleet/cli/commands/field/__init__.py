"""What a version does in the field: true labels, challengers, captured samples."""
