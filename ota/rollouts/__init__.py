"""A rollout's turn: snapshot, gates, decision, transition."""
