# Which bridge a libvirt network has. Left out, each node asks its own libvirt (virsh net-dumpxml).
openvz:
  networks:
    default: virbr0
