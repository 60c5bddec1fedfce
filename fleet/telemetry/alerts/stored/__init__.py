"""What the stored windows of the last month show: drift, and silence."""
