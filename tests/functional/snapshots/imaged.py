"""Documents of a container in an image, as both families take them."""

UUID = "5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f001"
DOCUMENT = """\
<domain type='openvz' xmlns:openvz='https://openvz.org/schemas/domain/salt/1'>
  <name>{name}</name>
  <uuid>{uuid}</uuid>
  {body}
  <metadata><openvz:layout>ploop</openvz:layout>{metadata}</metadata>
  <devices>
    <filesystem type='template'><source name='debian-12-x86_64'/></filesystem>
    {devices}
  </devices>
</domain>
"""


def document(body="<vcpu>1</vcpu>", name="web01", uuid=UUID, metadata="", devices=""):
    return DOCUMENT.format(name=name, uuid=uuid, body=body, metadata=metadata, devices=devices)


def routed(*addresses):
    inside = "".join(f"<ip address='{one}' family='ipv4'/>" for one in addresses)
    return f"<interface type='ethernet'>{inside}</interface>"
