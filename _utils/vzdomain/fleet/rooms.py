"""
What a node has left for a container from elsewhere or a new one: memory decides, counted by what is promised.
"""

from dataclasses import dataclass


@dataclass
class Room:
    """What a node has left, in KiB, ``None`` where it does not know; and how many containers it has."""

    node: str
    family: str
    memory: int | None
    count: int

    @classmethod
    def of(cls, node, family, total, promised, count):
        """`total` is the memory of the node in KiB, ``None`` where it does not know; `promised` the sum of limits."""
        return cls(node, str(family), None if total is None else total - promised, count)

    def fits(self, memory):
        """Whether a container of that many KiB may come; a node that does not know what it has looks itself."""
        return self.memory is None or self.memory >= memory

    @property
    def rank(self):
        """More is better: the most memory left, then the fewest containers."""
        return self.memory or 0, -self.count
