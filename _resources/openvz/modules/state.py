"""States in a container: compiled on the node, applied inside."""

__func_alias__ = {"apply_": "apply"}


def apply_(mods=None, **kwargs):
    """Apply these SLS files, or the highstate; as ``openvz.apply_states``."""
    return __resource_funcs__["openvz.call"]("apply_states", mods, **kwargs)


def sls(mods, **kwargs):
    """Apply these SLS files; as ``openvz.sls``."""
    return __resource_funcs__["openvz.call"]("sls", mods, **kwargs)


def highstate(**kwargs):
    """Apply what the top file has for the container; as ``openvz.highstate``."""
    return __resource_funcs__["openvz.call"]("highstate", **kwargs)
