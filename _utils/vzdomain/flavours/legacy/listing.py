"""
What vzlist and ``vzctl status`` of vzctl 4.x say.
"""

import re

from ...model.ctid import Ctid

STATUSES = ("running", "mounted", "suspended", "stopped")
STATUS_WORDS = ("-a", "-j", "-o", "ctid,status,uptime")
# Each object alone: complaints about files may stand before the JSON.
_ROW = re.compile(
    rf'"ctid": ([1-9][0-9]{{0,9}}),\s*"status": "({"|".join(STATUSES)})",\s*"uptime": ([0-9]{{1,12}}\.[0-9]{{1,9}})'
)


def statuses(text):
    """CTID, status and uptime (seconds) of each container that vzlist shows for `STATUS_WORDS`."""
    return [(Ctid(ctid), status, float(uptime)) for ctid, status, uptime in _ROW.findall(text)]


def status(text):
    """The status that ``vzctl status`` names, such as ``CTID 209 exist mounted running``; ``None`` for none."""
    words = text.split()
    for one in ("running", "mounted", "suspended"):
        if one in words:
            return one
    return "stopped" if "down" in words else None
