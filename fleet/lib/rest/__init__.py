"""What every REST view shares: strict input, problem details, pages, conditions, and its schema."""
