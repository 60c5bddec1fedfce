"""Alert rules: what people want to be told of, what is done then, and what it would have been."""
