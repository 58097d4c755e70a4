# The container of pillar-examples/vpn.sls on Virtuozzo. That family has no netfilter, capabilities, stop-timeout and weight of
# I/O. It has what OpenVZ 6 lacks: an address inside a veth pair, a further disk, and a directory of the node inside.
openvz:
  containers:
    vpn:
      xml: |
        <domain type='openvz'>
          <name>vpn</name>
          <uuid>6f1f5a0b-9f0d-4b0e-8f2b-0f8f5f6c1a31</uuid>
          <title>VPN of the office</title>
          <metadata xmlns:openvz='https://openvz.org/schemas/domain/salt/1'>
            <openvz:hostname>vpn.example.org</openvz:hostname>
            <openvz:onboot>auto</openvz:onboot>
            <openvz:bootorder>100</openvz:bootorder>
            <openvz:autostop>suspend</openvz:autostop>
            <openvz:iolimit unit='MiB'>10</openvz:iolimit>
            <openvz:nameserver>198.51.100.53</openvz:nameserver>
            <openvz:nameserver>2001:db8::53</openvz:nameserver>
            <openvz:searchdomain>example.org</openvz:searchdomain>
            <openvz:features name='ppp' state='on'/>
          </metadata>
          <memory unit='MiB'>256</memory>
          <memtune>
            <swap_hard_limit unit='MiB'>512</swap_hard_limit>
          </memtune>
          <vcpu cpuset='0-1'>1</vcpu>
          <cputune>
            <shares>2000</shares>
            <period>100000</period>
            <quota>50000</quota>
          </cputune>
          <devices>
            <filesystem type='template'>
              <source name='debian-12-x86_64'/>
              <target dir='/'/>
              <space_hard_limit unit='GiB'>4</space_hard_limit>
            </filesystem>
            <filesystem type='mount'>
              <source dir='/srv'/>
              <target dir='/srv'/>
              <readonly/>
            </filesystem>
            <disk type='file' device='disk'>
              <target dev='sdb'/>
              <serial>7d0c1f4e-2f6b-4f0e-9b0a-5c1f6e2d9a01</serial>
              <openvz:size xmlns:openvz='https://openvz.org/schemas/domain/salt/1' unit='GiB'>2</openvz:size>
              <openvz:mount xmlns:openvz='https://openvz.org/schemas/domain/salt/1'>/data</openvz:mount>
            </disk>
            <hostdev mode='capabilities' type='misc'>
              <source>
                <char>/dev/net/tun</char>
              </source>
            </hostdev>
            <interface type='network'>
              <source network='default'/>
              <ip address='198.51.100.35' prefix='24' family='ipv4'/>
              <route family='ipv4' gateway='198.51.100.1'/>
            </interface>
          </devices>
        </domain>
