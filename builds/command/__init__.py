"""The commands of compiler and export, read in the jail where this machine has one."""
