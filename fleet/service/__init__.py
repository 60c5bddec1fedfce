"""The running service: its processes on one machine, the web server, and what they cost."""
