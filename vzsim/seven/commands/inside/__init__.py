"""Commands that run something in a container."""
