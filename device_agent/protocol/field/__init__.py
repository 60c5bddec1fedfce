"""What a running model is asked for beside its counts: challengers and captured samples."""
