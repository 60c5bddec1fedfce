"""One tick of a rollout: snapshot, gates, decision, transition."""
