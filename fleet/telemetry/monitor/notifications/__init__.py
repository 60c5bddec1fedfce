"""News for people and programs outside: event types, destinations, signed deliveries.

`events.py` lists every event. Each is told by `emit`, from where it happens: a rollout's step in
`ota/rollouts/news.py`, approvals and checks in `ota/rollouts/outside`, an incident in
`incidents.py`, a rule in `fleet/telemetry/alerts/actions.py`, a capture that a rule asks for in
`fleet/telemetry/field/capture/by_rule.py`, builds and captures that ended in `heard.py`. What no
step makes but time does is noticed by a task (`ota/tasks.py`) that has a beat in
`fleet/settings/celery.py`.
"""
