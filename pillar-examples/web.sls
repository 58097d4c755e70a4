# libvirt's current dialect. The container has a name; <openvz:ctid> sets its CTID.
openvz:
  containers:
    web01:
      xml: |
        <domain type='openvz'>
          <name>web01</name>
          <uuid>5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f001</uuid>
          <title>Web server 1</title>
          <description>front end of example.org</description>
          <metadata>
            <openvz:ctid xmlns:openvz='https://openvz.org/schemas/domain/salt/1'>310</openvz:ctid>
          </metadata>
          <memory unit='MiB'>512</memory>
          <memtune>
            <swap_hard_limit unit='MiB'>768</swap_hard_limit>
          </memtune>
          <vcpu>2</vcpu>
          <os>
            <type>exe</type>
            <init>/sbin/init</init>
          </os>
          <devices>
            <filesystem type='template'>
              <source name='debian-12-x86_64'/>
              <target dir='/'/>
              <space_hard_limit unit='GiB'>10</space_hard_limit>
              <space_soft_limit unit='GiB'>9</space_soft_limit>
            </filesystem>
            <interface type='network'>
              <source network='default'/>
              <mac address='00:18:51:10:00:01'/>
            </interface>
            <interface type='ethernet'>
              <ip address='198.51.100.10' family='ipv4'/>
              <ip address='2001:db8::10' family='ipv6' prefix='64'/>
            </interface>
          </devices>
        </domain>
