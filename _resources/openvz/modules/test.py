"""Whether a container answers, and what needs no Salt inside."""


def ping():
    """Return whether a command can be run in the container."""
    return __resource_funcs__["openvz.ping"]()


def echo(text):
    """Return the text, by the Salt inside the container."""
    return __resource_funcs__["openvz.call"]("call", "test.echo", text)
