"""What one line of a configuration file says."""

from vzdomain.flavours.legacy import ctconf


def read(text, field):
    return getattr(ctconf.domain(ctconf.parse(text), 501), field)
