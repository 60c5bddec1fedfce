"""The commands of alerts: rules, and where messages go."""
