"""What a rollout does to very many devices at once: counts, places, steps taken together."""
