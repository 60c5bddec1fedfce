"""News for people and programs outside: event types, destinations, signed deliveries."""
