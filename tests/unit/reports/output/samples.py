"""One return of each kind, as the outputter gets it."""

from pathlib import Path

REPO = Path(__file__).parents[4]
SEED = (REPO / "tests/unit/data/seed.xml").read_text()
NETIF = "ifname=eth0,mac=00:18:51:10:00:01,host_ifname=veth101.0,host_mac=00:18:51:10:00:02,bridge=br0"
STEP = {
    "argv": ["set", "101", "--ram", "1G", "--description", "it's a test", "--netif_add", NETIF, "--save"],
    "comments": {"SALT-OPENVZ": "managed"},
    "changes": {"memory": {"old": "512 MiB", "new": "1 GiB"}, "addresses": {"old": None, "new": ["10.0.0.1"]}},
    "disruption": "live",
}
PLAN = {
    "plan_id": "3f9c",
    "name": "web01",
    "ctid": 101,
    "steps": [STEP],
    "changes": STEP["changes"],
    "disruption": "live",
    "pending": ["features"],
    "warnings": ["the template differs"],
}
DRIFT = {
    "calm": {"ctid": 102, "status": "in sync", "fields": {}},
    "web01": {
        "ctid": 101,
        "status": "drifted",
        "fields": {"memory": {"status": "drifted", "pillar": "1 GiB", "file": "512 MiB", "running": "512 MiB"}},
    },
    "odd": {"ctid": None, "status": "error", "fields": {}, "error": "line 1, column 2: this is no document"},
}
LIST = {
    "web01": {
        "ctid": 101,
        "status": "running",
        "managed": True,
        "hostname": "web.example.org",
        "addresses": ["198.51.100.10", "2001:db8::10"],
        "memory": "512 MiB",
        "vcpu": 2,
        "template": "debian-12-x86_64",
    },
    "old": {
        "ctid": 7001,
        "status": "stopped",
        "managed": False,
        "hostname": None,
        "addresses": [],
        "memory": None,
        "vcpu": None,
        "template": None,
    },
}
DOCTOR = [
    {
        "check": "bridge",
        "containers": list(range(101, 115)),
        "where": "br9",
        "what": "fourteen containers want the bridge br9, which is not on this node, and so they have no network",
        "remedy": "brctl addbr br9",
    }
]
FINDING = {
    "severity": "error",
    "rule": "duplicate_ip",
    "nodes": ["hn1", "hn2"],
    "labels": ["web01", "web02"],
    "what": "198.51.100.10 is wanted by 2 containers",
    "remedy": "give each container its own address",
}
LINT = {"findings": [FINDING], "nodes": 2, "containers": 30, "retcode": 1}
FLEET = {"nodes": {"hn2": DRIFT, "hn1": LIST}, "errors": {"hn3": "did not answer"}, "retcode": 1}
TOLD = {
    "summary": "3 containers were moved from hn1 to hn2, and one stays",
    "errors": {"hn3": "did not answer"},
    "problems": [["bridge", "the bridge br9 of web04 is not on hn2", "ip link add br9 type bridge"], "no disk space"],
    "warnings": ["the pillar of hn1 still has web01"],
    "sentences": {"hn1": "web04 runs, and nothing was touched", "hn2": "has no web04"},
    "tables": {
        "kept": [
            {"node": "hn1", "container": "web01", "KiB": 10485760, "until": "2026-03-01", "why": None},
            {
                "node": "hn1",
                "container": "one that no person has ever read " * 3,
                "KiB": 7,
                "until": None,
                "why": "",
            },
        ]
    },
    "command": "salt-run openvz.move web04 hn2",
    "retcode": 1,
}
WRITTEN = {"path": "/srv/fleet.html", "nodes": 1, "containers": 2, "errors": {"hn3": "did not answer"}, "retcode": 1}
PAGE = {"page": "<!doctype html>\n<p>b</p>", "nodes": 1, "containers": 2, "errors": {}, "retcode": 0}


def snapshot(number, parent, **said):
    """A row of ``openvz.snapshots``."""
    ids = ["", *(f"6f4cf5c0-3f1a-4c9a-8f1d-1de5b2d1a1f{digit}" for digit in "12345")]
    its = {"id": ids[number], "parent": ids[parent], "name": "", "description": "", "date": "2026-03-01 04:05:00"}
    return {**its, "current": False, "memory": False, "settings": True, "own": False, **said}


SNAPSHOTS = {
    "name": "web01",
    "ctid": 101,
    "warnings": ["the pillar has another memory"],
    "snapshots": [
        snapshot(1, 0, name="fresh"),
        snapshot(3, 2, current=True, description="before the great upgrade of all that is on this machine, and more"),
        snapshot(2, 1, name="salt-before-1", own=True, memory=True),
        snapshot(4, 1, name="twin"),
        snapshot(5, 4, name="twin"),
    ],
}
MOVES = {
    "node": "hn1",
    "moves": [{"ctid": "101", "name": "web01", "source": "hn1", "destination": "hn2", "since": 1772332200.5}],
    "copies": [
        {"ctid": "102", "name": "db", "to": "hn2", "when": "2026-03-01T02:10:00Z", "until": None, "paths": ["/vz/a"]}
    ],
    "arrivals": [{"ctid": "103", "name": "shop", "source": "hn3", "when": "2026-03-01T02:10:00Z"}],
}
SURVEY = {
    "family": "4.x",
    "version": "4.11.1",
    "plan": {
        "web01": {"status": "change", "ctid": 101, "did": ["updated (memory)"]},
        "db": {"status": "unchanged", "ctid": 102, "did": []},
        "bad": {"status": "error", "ctid": None, "error": "no document"},
    },
    "containers": [{"status": "running"}, {"status": "stopped"}],
    "moves": MOVES["moves"],
    "copies": [],
}
STEPS = [
    {"number": 1, "node": "hn1", "kind": "release", "labels": ["web07"], "addresses": ["10.0.0.7"], "after": []},
    {"number": 2, "node": "hn1", "kind": "apply", "labels": [f"web{n:02}" for n in range(9)], "after": [1]},
    {"number": 3, "node": "hn2", "kind": "move", "labels": ["db"], "source": "hn1", "after": []},
]
FLEET_PLAN = {
    "plan_id": "fleet-0123456789abcdef",
    "summary": {"error": 1, "move": 1, "change": 1, "unchanged": 47},
    "counts": {"moves": 1},
    "errors": {"hn3": "did not answer"},
    "findings": [FINDING],
    "steps": STEPS,
    "nodes": {
        "hn1": {
            "summary": {"change": 1, "unchanged": 1},
            "containers": {
                "web01": {"ctid": 101, "status": "change", "did": ["updated (memory)"], "changes": STEP["changes"]},
                "calm": {"ctid": 104, "status": "unchanged"},
            },
        },
        "hn2": {"summary": {"move": 1}, "containers": {"db": {"ctid": 102, "status": "move", "from": "hn1"}}},
    },
    "command": "salt-run openvz.apply plan_id=fleet-0123456789abcdef",
    "retcode": 1,
}

_USED = {
    "ctid": 101,
    "name": "web01",
    "status": "running",
    "memory_used_bytes": 241 * 1024**2,
    "memory_limit_bytes": 512 * 1024**2,
    "disk_used_bytes": 1288490188,
    "disk_hard_bytes": 10 * 1024**3,
    "inodes_used": 1000,
    "inodes_hard": 2000,
    "processes_used": 41,
    "load_5": 0.5,
    "uptime_seconds": 90061.5,
    "failcnt": 0,
    "unlimited": [],
    "unknown": {},
}
STATS = {
    "web01": _USED,
    "db01": {**_USED, "ctid": 102, "name": "db01", "memory_used_bytes": 500 * 1024**2},
    "mail": {**_USED, "ctid": 103, "name": "mail", "failcnt": 12},
    "new": {
        "ctid": 104,
        "name": "new",
        "status": "stopped",
        "unlimited": ["disk"],
        "unknown": {"memory": "it is stopped"},
    },
    "quiet": {
        "ctid": 105,
        "name": "quiet",
        "status": "running",
        "failcnt": 0,
        "unlimited": [],
        "unknown": {"cpu": "this node has no /proc/vz/vestat", "disk": "vzlist shows no use"},
    },
}
CAPACITY = {
    "family": "4.x",
    "containers": 5,
    "running": 4,
    "memory": {
        "total_bytes": 64 * 1024**3,
        "available_bytes": 40 * 1024**3,
        "promised_bytes": 70 * 1024**3,
        "promised_running_bytes": 60 * 1024**3,
        "unlimited": ["web01", "db01"],
    },
    "swap": {"promised_bytes": 0, "promised_running_bytes": 0, "unlimited": []},
    "cpus": {"total": 16, "promised": 24, "promised_running": 20, "unlimited": []},
    "disk": [
        {
            "path": "/vz/private",
            "new": True,
            "total_bytes": 2 * 1024**4,
            "free_bytes": 1024**4,
            "inodes": 1000,
            "inodes_free": 900,
            "promised_bytes": 3 * 1024**4,
            "layouts": {"simfs": 3, "ploop": 2},
            "unlimited": [],
        }
    ],
    "templates": ["debian-12-x86_64"],
    "unknown": {"swap": "the kernel does not say it in /proc/meminfo"},
}
