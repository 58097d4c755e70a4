# Settings that libvirt does not have go into <metadata>; each element is named after vzctl's option. Capabilities, features
# and netfilter of a running container take effect at its next restart; `restart: True` on the state restarts it.
openvz:
  containers:
    vpn:
      xml: |
        <domain type='openvz'>
          <name>vpn</name>
          <uuid>6f1f5a0b-9f0d-4b0e-8f2b-0f8f5f6c1a31</uuid>
          <title>VPN of the office</title>
          <metadata xmlns:openvz='https://openvz.org/schemas/domain/salt/1'>
            <openvz:ctid>350</openvz:ctid>
            <openvz:hostname>vpn.example.org</openvz:hostname>
            <openvz:onboot>yes</openvz:onboot>
            <openvz:bootorder>100</openvz:bootorder>
            <openvz:stop-timeout>30</openvz:stop-timeout>
            <openvz:diskinodes soft='200000' hard='220000'/>
            <openvz:iolimit unit='MiB'>10</openvz:iolimit>
            <openvz:nameserver>198.51.100.53</openvz:nameserver>
            <openvz:nameserver>2001:db8::53</openvz:nameserver>
            <openvz:searchdomain>example.org</openvz:searchdomain>
            <openvz:netfilter>full</openvz:netfilter>
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
          <blkiotune>
            <weight>500</weight>
          </blkiotune>
          <features>
            <capabilities policy='default'>
              <net_admin state='on'/>
              <sys_time state='off'/>
            </capabilities>
          </features>
          <devices>
            <filesystem type='template'>
              <source name='debian-12-x86_64'/>
              <target dir='/'/>
              <space_hard_limit unit='GiB'>4</space_hard_limit>
            </filesystem>
            <hostdev mode='capabilities' type='misc'>
              <source>
                <char>/dev/net/tun</char>
              </source>
            </hostdev>
            <interface type='ethernet'>
              <ip address='198.51.100.35'/>
            </interface>
          </devices>
        </domain>
