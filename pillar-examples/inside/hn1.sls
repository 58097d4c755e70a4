# A container and what is in it: when it is up, the states of web.sls (in the file roots) are applied inside.
openvz:
  domains:
    web:
      state: running
      # Commands can be run in it; an address, a port or a command of its own can be waited for as well.
      wait_for:
        exec: true
        limit: 60
      inside:
        sls: [web]
        # All the pillar that the states see: the mapping at this path, and what stands here.
        pillar_key: sites:web
        pillar:
          port: 80
      xml: |
        <domain type='openvz'>
          <name>web</name>
          <memory unit='MiB'>512</memory>
          <devices>
            <filesystem type='template'><source name='debian-12-x86_64'/></filesystem>
            <interface type='ethernet'><ip address='198.51.100.30' family='ipv4'/></interface>
          </devices>
        </domain>
sites:
  web:
    title: front page
