openvz:
  networks:
    default: virbr0
mine_functions:
  openvz.node_info: []
mine_interval: 60
