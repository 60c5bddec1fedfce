"""The judgement over stored windows: drift, health of a release, incidents, charts.

`incidents.py` opens, ends and reopens incidents; `notifications` tells people and webhooks.
"""
