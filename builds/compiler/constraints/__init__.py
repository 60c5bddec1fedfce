"""What the compiler takes: for each operator, the rules that it must keep."""
