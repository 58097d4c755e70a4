"""Who drives a move in these tests."""

import itertools

from twonodes import NAME, RunnerDied, World
from vzdomain.errors import OpenVZError
from vzdomain.fleet.moving import drive
from vzdomain.fleet.moving.values import Move

_RUNS = itertools.count()


class Fleet:
    """Two nodes and whoever types `openvz.move` there; each command is a process of its own."""

    def __init__(self, is_up=True, events=(), is_backwards=False):
        self.world, self.is_backwards = World(is_up), is_backwards
        self.world.events = list(events)
        self.said = []

    def move(self, is_test=False, take_over=True, ended=lambda: False, source="hn1", **options):
        """The `Outcome` of one command; ``None`` where its process was killed."""
        means = drive.Means(
            self.world.ask, None, self.said.append, self.world.tick, lambda: self.world.ticks, timeout=200
        )
        means.look = self.look if self.is_backwards else None
        run = f"run-{next(_RUNS)}"
        request = Move("", NAME, None, NAME, source, "hn2", master="m", run=run, **options)
        try:
            self.outcome = drive.move(means, request, is_test, take_over)
        except RunnerDied:
            return None
        return self.outcome

    def look(self, nodes, move):
        """What one job to both nodes brings, of which the destination was faster."""
        answers = {}
        for node in reversed(nodes):
            try:
                answers[node] = self.world.ask(node, "look", move=move)
            except OpenVZError as err:
                answers[node] = err
        return answers

    @property
    def running(self):
        return [name for name, node in self.world.nodes.items() if node.is_up]
