"""Who may sign what: approvals and the rules over them."""
