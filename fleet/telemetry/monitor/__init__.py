"""The judgement over stored windows: drift, health of a release, incidents, charts."""
