"""What is kept in the registry: brought in, described, put away."""
