"""What people and the master are told of a node and of a fleet."""

from . import doctor, drift, dump, inventory, lint, memory, selection, telling

__all__ = ["doctor", "drift", "dump", "inventory", "lint", "memory", "selection", "telling"]
