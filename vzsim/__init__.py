"""
A simulated OpenVZ node: ``vzctl`` and ``vzlist`` 4.11 over a directory.

For tests, and for trying a pillar on a laptop. It needs the standard library
only, and shares no code with the extension it is used to test.
"""
