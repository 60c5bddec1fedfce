"""What devices are asked for beyond their windows: true labels that come late, and samples."""
