"""What people and programs outside decide about a rollout that is planned, runs or has ended."""
