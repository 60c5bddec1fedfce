"""News for people and programs outside: event types, destinations, signed deliveries.

`events.py` lists every event. Each is told by `emit`, from where it happens: a rollout's step in
`ota/rollouts/news.py`, an incident in `incidents.py`, builds and captures in `heard.py`. What no
step makes but time does is noticed by a task (`ota/tasks.py`) that has a beat in
`fleet/settings/celery.py`.
"""
