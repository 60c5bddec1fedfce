"""Where versions come from and what becomes of them; what differs between them."""
