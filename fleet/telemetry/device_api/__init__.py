"""Routes that devices call."""
