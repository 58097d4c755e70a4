"""What the numbers were taken on."""

import os
import platform
import re
from importlib.metadata import version
from pathlib import Path


def facts():
    """``{"Processor": ..., "Cores": ...}``, all as text."""
    return {
        "Processor": _line("/proc/cpuinfo", "model name") or platform.machine(),
        "Cores": str(os.cpu_count()),
        "Memory": f"{int(_line('/proc/meminfo', 'MemTotal').split()[0]) / 1024 / 1024:.1f} GiB",
        "Kernel": f"{platform.system()} {platform.release().partition('-')[0]}",
        "Python": platform.python_version(),
        "Salt": version("salt"),
        "lxml": version("lxml"),
        "Load before": f"{os.getloadavg()[0]:.1f} (near 0 is a quiet machine; any other makes every time too long)",
    }


def _line(path, key):
    """The first value of a key in a file of /proc, empty if there is none."""
    found = re.search(rf"^{key}\s*:\s*(.*)$", Path(path).read_text(), re.MULTILINE)
    return found.group(1).strip() if found else ""
