"""The stages that turn an int8 model into files, run in one jailed child."""
