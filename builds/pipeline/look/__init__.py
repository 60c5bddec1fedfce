"""A jailed child looks at an int8 model: its answers, how good it is, what devices count."""
