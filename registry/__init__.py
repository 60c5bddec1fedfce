"""Models, versions, datasets and blobs."""
