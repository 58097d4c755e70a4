"""Containers as a pillar has them."""

DOCUMENT = """\
<domain type='openvz'>
  <name>{name}</name>
  {inner}
  <devices>
    <filesystem type='template'><source name='debian-12-x86_64'/></filesystem>
    <interface type='ethernet'><ip address='198.51.100.{number}' family='ipv4'/></interface>
  </devices>
</domain>
"""


NFS = """\
<metadata xmlns:openvz='https://openvz.org/schemas/domain/salt/1'><openvz:features name='nfs' state='on'/></metadata>
"""


def document(number, inner="<memory unit='MiB'>512</memory>", name=None):
    return DOCUMENT.format(name=name or f"web{number}", inner=inner, number=number)


def running(number, *inner, **said):
    return {"xml": document(number, *inner), "state": "running", **said}
