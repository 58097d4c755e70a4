"""
What the vzlist of all families has in common: how its JSON is found.
"""

import json


def objects(text):
    """The objects of an answer; complaints about files may stand before them, each on its own line."""
    lines = text.split("\n")
    start = next((number for number, line in enumerate(lines) if line in ("[", "[]")), None)
    if start is None:
        raise ValueError("vzlist printed no JSON")
    return json.loads("\n".join(lines[start:]))
