# One node, written by hand. An entry is the text of a document, or a mapping with a document and options.
openvz:
  networks:
    default: virbr0
  domains:
    # Salt neither starts nor stops it.
    proxy: |
      <domain type='openvz'>
        <name>proxy</name>
        <memory unit='MiB'>256</memory>
        <devices>
          <filesystem type='template'><source name='debian-12-x86_64'/></filesystem>
          <interface type='ethernet'><ip address='198.51.100.20' family='ipv4'/></interface>
        </devices>
      </domain>
    # It runs, and Salt never stops, restarts or destroys it.
    ledger:
      state: running
      protected: true
      xml: |
        <domain type='openvz'>
          <name>ledger</name>
          <memory unit='GiB'>1</memory>
          <vcpu>2</vcpu>
          <devices>
            <filesystem type='template'><source name='debian-12-x86_64'/></filesystem>
            <interface type='network'><source network='default'/></interface>
            <interface type='ethernet'><ip address='198.51.100.21' family='ipv4'/></interface>
          </devices>
        </domain>
    # It runs, and is restarted if a change needs it.
    builder:
      state: running
      restart: true
      xml: |
        <domain type='openvz'>
          <name>builder</name>
          <metadata>
            <openvz:features xmlns:openvz='https://openvz.org/schemas/domain/salt/1' name='nfs' state='on'/>
          </metadata>
          <memory unit='MiB'>512</memory>
          <devices>
            <filesystem type='template'><source name='debian-12-x86_64'/></filesystem>
          </devices>
        </domain>
    # It is deleted. A running container would also need `force: true`.
    scratch:
      state: absent
