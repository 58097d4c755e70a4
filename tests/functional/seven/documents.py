"""Documents of containers of family 7."""

OPENVZ = "https://openvz.org/schemas/domain/salt/1"
UUID = "5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f001"
OTHER = "0e6f3b7c-1a2b-4c3d-8e9f-aabbccdd3303"
DISK = "7d0c1f4e-2f6b-4f0e-9b0a-5c1f6e2d9a01"
SECOND = "7d0c1f4e-2f6b-4f0e-9b0a-5c1f6e2d9a02"
DOCUMENT = """\
<domain type='openvz' xmlns:openvz='{openvz}'>
  <name>{name}</name>
  {uuid}
  <metadata>{metadata}</metadata>
  {body}
  <devices>
    <filesystem type='template'><source name='debian-12-x86_64'/></filesystem>
    {devices}
  </devices>
</domain>
"""
MEMORY = "<memory unit='MiB'>512</memory>"


def document(*devices, name="web01", uuid=UUID, body=MEMORY, metadata=""):
    return DOCUMENT.format(
        openvz=OPENVZ,
        name=name,
        uuid=f"<uuid>{uuid}</uuid>" if uuid else "",
        metadata=metadata,
        body=body,
        devices="".join(devices),
    )


def disk(size="2", uuid=DISK, mount="/data", more=""):
    """A further disk of so many GiB."""
    return (
        f"<disk type='file' device='disk'>{more}<target dev='sdb'/><serial>{uuid}</serial>"
        f"<openvz:size unit='GiB'>{size}</openvz:size><openvz:mount>{mount}</openvz:mount></disk>"
    )


def mounted(source, target, more=""):
    """A directory of the node inside the container."""
    return f"<filesystem type='mount'><source dir='{source}'/><target dir='{target}'/>{more}</filesystem>"


def pair(*inside, bridge="br0"):
    return f"<interface type='bridge'><source bridge='{bridge}'/>{''.join(inside)}</interface>"


def network(*inside, name="default"):
    return f"<interface type='network'><source network='{name}'/>{''.join(inside)}</interface>"


def address(text, prefix=24):
    return f"<ip address='{text}' prefix='{prefix}'/>"


def gateway(text, family="ipv4"):
    return f"<route family='{family}' gateway='{text}'/>"
