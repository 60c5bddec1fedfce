"""What a release holds and must show before it may be rolled out."""
