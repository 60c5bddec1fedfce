"""People: signing in, their roles, who acts."""
