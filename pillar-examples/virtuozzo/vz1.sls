# A node with vzctl 7 to 9 (OpenVZ 7, Virtuozzo Hybrid Server). What vzctl 4.x cannot do is marked with "7".
openvz:
  domains:
    # No CTID: the UUID is the CTID. Addresses, gateway and DNS are set inside the container (7).
    web:
      state: running
      # What restarts it or cuts its connections comes after a snapshot; of those the last three stay.
      snapshot: before
      keep: 3
      xml: |
        <domain type='openvz'>
          <name>web</name>
          <uuid>5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f101</uuid>
          <description>front end of example.org</description>
          <metadata xmlns:openvz='https://openvz.org/schemas/domain/salt/1'>
            <openvz:hostname>web.example.org</openvz:hostname>
            <openvz:onboot>auto</openvz:onboot>
            <openvz:autostop>suspend</openvz:autostop>
            <openvz:nameserver>198.51.100.53</openvz:nameserver>
          </metadata>
          <memory unit='GiB'>1</memory>
          <vcpu>2</vcpu>
          <devices>
            <filesystem type='template'>
              <source name='almalinux-9'/>
              <space_hard_limit unit='GiB'>20</space_hard_limit>
            </filesystem>
            <interface type='bridge'>
              <source bridge='br0'/>
              <ip address='198.51.100.40' prefix='24' family='ipv4'/>
              <ip address='2001:db8::40' prefix='64' family='ipv6'/>
              <route gateway='198.51.100.1'/>
              <route family='ipv6' gateway='2001:db8::1'/>
            </interface>
          </devices>
        </domain>
    # A data disk of its own, and a directory of the node, read-only (7). Taking the disk out of the document deletes it:
    # a run refuses that without `max_disk_deletes: 1`, or `force: true` here; while it is protected, always.
    ledger:
      state: running
      protected: true
      xml: |
        <domain type='openvz'>
          <name>ledger</name>
          <uuid>5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f102</uuid>
          <metadata xmlns:openvz='https://openvz.org/schemas/domain/salt/1'>
            <openvz:ctid>102</openvz:ctid>
            <openvz:memguarantee>50</openvz:memguarantee>
            <openvz:features name='nfs' state='on'/>
          </metadata>
          <memory unit='GiB'>2</memory>
          <devices xmlns:openvz='https://openvz.org/schemas/domain/salt/1'>
            <filesystem type='template'><source name='almalinux-9'/></filesystem>
            <disk type='file' device='disk'>
              <target dev='sdb'/>
              <serial>5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f202</serial>
              <openvz:size unit='GiB'>50</openvz:size>
              <openvz:mount>/data</openvz:mount>
            </disk>
            <filesystem type='mount'>
              <source dir='/srv/exports'/>
              <target dir='/mnt/exports'/>
              <readonly/>
            </filesystem>
            <interface type='bridge'>
              <source bridge='br0'/>
              <openvz:dhcp>yes</openvz:dhcp>
            </interface>
          </devices>
        </domain>
    # A virtual network of the node; routed addresses work as on vzctl 4.x.
    builder:
      state: stopped
      xml: |
        <domain type='openvz'>
          <name>builder</name>
          <uuid>5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f103</uuid>
          <memory unit='MiB'>512</memory>
          <devices>
            <filesystem type='template'><source name='almalinux-9'/></filesystem>
            <interface type='network'><source network='Bridged'/></interface>
            <interface type='ethernet'><ip address='198.51.100.43' family='ipv4'/></interface>
          </devices>
        </domain>
    # It is deleted, and nothing is left of it: vzctl 7 keeps no .destroyed file.
    scratch:
      state: absent
