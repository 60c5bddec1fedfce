"""What comes before a rollout: its policy."""
