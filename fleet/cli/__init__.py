"""`edgefleet`: what CI pipelines and people run. Talks REST only and never imports Django.

A distribution of its own, too: it imports nothing else of this project.
"""

__version__ = "0.1.0"
