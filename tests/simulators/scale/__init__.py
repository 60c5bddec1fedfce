"""What the service costs at a number of devices, as ratios against a bare view in one run."""
