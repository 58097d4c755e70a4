"""How vzctl 7 to 9 read options, values and configuration files."""
