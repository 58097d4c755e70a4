"""
A simulated OpenVZ node: ``vzctl`` and ``vzlist`` 4.11 over a directory.

For tests, and to try a pillar on a laptop. It needs only the standard library
and shares no code with the extension it tests.
"""
