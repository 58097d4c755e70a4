node1:
  openvz.managed
