"""What people and programs outside say of a rollout before it goes on."""
