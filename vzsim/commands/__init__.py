"""What ``vzctl``, ``ip`` and ``brctl`` do."""
