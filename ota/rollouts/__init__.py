"""One tick of a rollout: snapshot, gates (`gates.py`), decision (`ota/engine`), transition."""
