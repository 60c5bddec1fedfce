"""`edgefleet`: what CI pipelines and people run. Talks REST only and never imports Django."""
