"""Requests to the service: connections, sessions, answers, when to try again."""
