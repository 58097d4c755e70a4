# Both dialects in one document: <quota> from 2008, and libvirt's <memory> with a unit.
openvz:
  containers:
    database:
      xml: |
        <domain type='openvz'>
          <name>312</name>
          <uuid>5b3c1f0e7a524d1c9c630d6a7be1f003</uuid>
          <memory unit='GiB'>2</memory>
          <vcpu>4</vcpu>
          <devices>
            <filesystem type='template'>
              <source name='debian-12-x86_64'/>
              <quota type='size' max='20971520'/>
              <quota type='inodes' max='1000000'/>
            </filesystem>
            <interface type='bridge'>
              <source bridge='br0'/>
              <guest dev='eth0'/>
            </interface>
          </devices>
        </domain>
