"""What the kernel has of the running containers."""

from . import addresses, bridges, processes, runtime, states, usage

__all__ = ["addresses", "bridges", "processes", "runtime", "states", "usage"]
