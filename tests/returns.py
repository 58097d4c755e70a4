"""What the returns of our states hold beside the text that people see."""


def fields(ret):
    """Container -> field -> old and new: the data beside the `changes` of a state that has run."""
    return {name: one["changes"] for name, one in ret.full_return.get("containers", {}).items()}
