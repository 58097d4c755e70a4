# The bridge of a libvirt network. Without this setting, each node asks its own libvirt (virsh net-dumpxml).
openvz:
  networks:
    default: virbr0
