"""Classical models in integers: thresholds in steps, leaves and centres, the file. Pure."""
