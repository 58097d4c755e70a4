# Several interfaces: two in bridges, with devices named on both ends, and a veth pair outside any bridge.
openvz:
  containers:
    router:
      xml: |
        <domain type='openvz'>
          <name>313</name>
          <uuid>5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f004</uuid>
          <memory unit='MiB'>256</memory>
          <devices>
            <filesystem type='template'>
              <source name='debian-12-x86_64'/>
              <target dir='/'/>
              <space_hard_limit unit='GiB'>4</space_hard_limit>
            </filesystem>
            <interface type='bridge'>
              <source bridge='br0'/>
              <mac address='00:18:51:13:00:01'/>
              <target dev='router-out'/>
              <guest dev='eth0'/>
            </interface>
            <interface type='bridge'>
              <source bridge='eth11'/>
              <mac address='00:18:51:13:00:02'/>
              <target dev='router-in'/>
              <guest dev='eth1'/>
            </interface>
            <interface type='ethernet'>
              <mac address='00:18:51:13:00:03'/>
              <guest dev='eth2'/>
            </interface>
          </devices>
        </domain>
