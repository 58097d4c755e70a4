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
