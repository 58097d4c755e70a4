"""Files of a container: ``file.*`` of the Salt inside it."""

_FUNCTIONS = """
    access append blockreplace chown chgrp chmod comment contains copy directory_exists file_exists find get_gid
    get_group get_hash get_mode get_uid get_user grep line lstat makedirs mkdir move prepend read readdir readlink
    remove rename replace rmdir sed stats symlink touch truncate uncomment write
"""


def _inside(function):
    def called(*args, **kwargs):
        return __resource_funcs__["openvz.call"]("call", function, *args, **kwargs)

    called.__doc__ = f"``{function}`` in the container."
    return called


vars().update({name: _inside(f"file.{name}") for name in _FUNCTIONS.split()})
