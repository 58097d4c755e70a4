"""The picture of the page: time above Salt's floor over the number of containers."""

from .highstate import MANAGED, RUNNING

_LINES = (
    (MANAGED, "4", "one openvz.managed"),
    (RUNNING, "4", "one openvz.running for each"),
    (MANAGED, "7", "one openvz.managed, vzctl 7"),
)
_STYLE = {"svg.fonttype": "none", "svg.hashsalt": "openvz", "font.size": 9}


def draw(costs, path):
    """Write an SVG file; both axes are logarithmic, so that linear growth is a line of slope one."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    with matplotlib.rc_context(_STYLE):
        figure, axes = pyplot.subplots(figsize=(6, 3.4), layout="constrained")
        for state, family, label in _LINES:
            points = [(cost.count, cost.above) for cost in costs if (cost.state, cost.family) == (state, family)]
            if points:
                axes.plot(*zip(*points, strict=True), marker="o", label=label)
        counts = sorted({cost.count for cost in costs})
        axes.plot(counts, [0.0003 * count for count in counts], "k:", label="0.3 ms per container")
        axes.set(xscale="log", yscale="log", xlabel="containers, none changed", ylabel="seconds above Salt's floor")
        axes.legend(frameon=False)
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
        pyplot.close(figure)
