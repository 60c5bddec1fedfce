"""The stages that turn a version into signed artifacts, and what a result depends on."""
