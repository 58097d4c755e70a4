"""A whole node with states inside: a minute, and the same with every Salt, so it runs with one alone."""

import threading

import psutil

MANY = 50
DOCUMENT = """\
<domain type='openvz'>
  <name>{}</name>
  <devices><filesystem type='template'><source name='debian-12-x86_64'/></filesystem></devices>
</domain>
"""
WEB = """
/etc/role:
  file.managed:
    - contents: web
well:
  cmd.run:
    - name: test {{ grains.id }} != c07
"""


def test_50_containers_and_4_workers_leave_no_process_and_one_failure_is_one_row(domains, states, openvz, node, sls):
    sls("web", WEB)
    said = {"state": "running", "wait_for": True, "inside": {"sls": "web"}}
    domains.update({f"c{number:02}": {"xml": DOCUMENT.format(f"c{number:02}"), **said} for number in range(MANY)})
    before, memory = threading.active_count(), psutil.Process().memory_info().rss

    ret = states.managed("containers", max_workers=4)

    summary, *rows = ret.comment.splitlines()
    assert summary == f"{MANY} containers: {MANY - 1} created and started, 1 failed"
    failed = [row for row in rows if "failed" in row]
    assert len(failed) == 1
    assert failed[0].startswith("c07 failed: states inside (web): 1 of 2 failed: cmd.run test c07 != c07: ")
    assert all(node.inside(name, "etc/role").exists() for name in domains)
    assert threading.active_count() == before
    assert [one.name() for one in psutil.Process().children(recursive=True) if one.name() in ("vzctl", "bwrap")] == []
    assert psutil.Process().memory_info().rss - memory < 300 << 20
