#!yaml
# The output of openvz.dump for a node with three containers made by hand; docs/how-to/adopt.md has the commands.
#   salt old1 openvz.dump --out=json | python3 -c 'import json,sys; print(json.load(sys.stdin)["old1"])'
# As pillar, it changes nothing. To let Salt change a container, add `adopt: true` to its entry.
openvz:
  domains:
    shop:
      state: running
      xml: |
        <domain type="openvz">
          <name>shop</name>
          <metadata xmlns:openvz="https://openvz.org/schemas/domain/salt/1">
            <openvz:ctid>101</openvz:ctid>
            <openvz:hostname>shop.example.org</openvz:hostname>
            <openvz:onboot>yes</openvz:onboot>
            <openvz:config>vswap-256m</openvz:config>
            <openvz:layout>simfs</openvz:layout>
            <openvz:private>/vz/private/$VEID</openvz:private>
            <openvz:root>/vz/root/$VEID</openvz:root>
            <openvz:diskinodes soft="131072" hard="144179"/>
            <openvz:quotatime>0</openvz:quotatime>
            <openvz:netfilter>stateless</openvz:netfilter>
          </metadata>
          <memory unit="KiB">524288</memory>
          <memtune>
            <swap_hard_limit unit="KiB">786432</swap_hard_limit>
          </memtune>
          <cputune>
            <shares>1000</shares>
          </cputune>
          <os>
            <type>exe</type>
            <init>/sbin/init</init>
          </os>
          <devices>
            <filesystem type="template">
              <source name="debian-12-x86_64"/>
              <target dir="/"/>
              <space_hard_limit unit="bytes">2362231808</space_hard_limit>
              <space_soft_limit unit="bytes">2147483648</space_soft_limit>
            </filesystem>
            <interface type="ethernet">
              <ip address="198.51.100.30" family="ipv4"/>
            </interface>
          </devices>
        </domain>
    '102':
      xml: |
        <domain type="openvz">
          <name>102</name>
          <description>the old wiki, ask Anna</description>
          <metadata xmlns:openvz="https://openvz.org/schemas/domain/salt/1">
            <openvz:config>basic</openvz:config>
            <openvz:layout>simfs</openvz:layout>
            <openvz:private>/vz/private/$VEID</openvz:private>
            <openvz:root>/vz/root/$VEID</openvz:root>
            <openvz:diskinodes soft="131072" hard="144179"/>
            <openvz:quotatime>0</openvz:quotatime>
            <openvz:netfilter>stateless</openvz:netfilter>
            <openvz:kmemsize barrier="14372700" limit="14790164"/>
            <openvz:lockedpages barrier="2048" limit="2048"/>
            <openvz:shmpages barrier="21504" limit="21504"/>
            <openvz:numproc barrier="200" limit="240"/>
            <openvz:physpages barrier="0" limit="unlimited"/>
            <openvz:oomguarpages barrier="26112" limit="unlimited"/>
            <openvz:numtcpsock barrier="360" limit="360"/>
            <openvz:numflock barrier="188" limit="206"/>
            <openvz:numpty barrier="16" limit="16"/>
            <openvz:numsiginfo barrier="256" limit="256"/>
            <openvz:tcpsndbuf barrier="1720320" limit="2703360"/>
            <openvz:tcprcvbuf barrier="1720320" limit="2703360"/>
            <openvz:othersockbuf barrier="1126080" limit="2097152"/>
            <openvz:dgramrcvbuf barrier="262144" limit="262144"/>
            <openvz:numothersock barrier="360" limit="360"/>
            <openvz:dcachesize barrier="3409920" limit="3624960"/>
            <openvz:numfile barrier="9312" limit="9312"/>
            <openvz:numiptent barrier="128" limit="128"/>
            <openvz:avnumproc barrier="180" limit="180"/>
            <openvz:ifname name="eth0" host_mac="00:18:51:00:00:02"/>
          </metadata>
          <memtune>
            <hard_limit unit="KiB">278528</hard_limit>
            <soft_limit unit="KiB">262144</soft_limit>
            <min_guarantee unit="KiB">135168</min_guarantee>
          </memtune>
          <vcpu>1</vcpu>
          <cputune>
            <shares>1000</shares>
          </cputune>
          <os>
            <type>exe</type>
            <init>/sbin/init</init>
          </os>
          <devices>
            <filesystem type="template">
              <source name="fedora-core-5-i386"/>
              <target dir="/"/>
              <space_hard_limit unit="bytes">2362231808</space_hard_limit>
              <space_soft_limit unit="bytes">2147483648</space_soft_limit>
            </filesystem>
            <interface type="bridge">
              <mac address="00:18:51:00:00:01"/>
              <source bridge="br0"/>
              <target dev="veth102.0"/>
              <guest dev="eth0"/>
            </interface>
          </devices>
        </domain>
    spare:
      xml: |
        <domain type="openvz">
          <name>spare</name>
          <metadata xmlns:openvz="https://openvz.org/schemas/domain/salt/1">
            <openvz:ctid>103</openvz:ctid>
            <openvz:disabled>yes</openvz:disabled>
            <openvz:config>vswap-256m</openvz:config>
            <openvz:layout>simfs</openvz:layout>
            <openvz:private>/vz/private/$VEID</openvz:private>
            <openvz:root>/vz/root/$VEID</openvz:root>
            <openvz:diskinodes soft="131072" hard="144179"/>
            <openvz:quotatime>0</openvz:quotatime>
            <openvz:netfilter>stateless</openvz:netfilter>
          </metadata>
          <memory unit="KiB">262144</memory>
          <memtune>
            <swap_hard_limit unit="KiB">786432</swap_hard_limit>
          </memtune>
          <cputune>
            <shares>1000</shares>
          </cputune>
          <os>
            <type>exe</type>
            <init>/sbin/init</init>
          </os>
          <devices>
            <filesystem type="template">
              <source name="debian-12-x86_64"/>
              <target dir="/"/>
              <space_hard_limit unit="bytes">2362231808</space_hard_limit>
              <space_soft_limit unit="bytes">2147483648</space_soft_limit>
            </filesystem>
          </devices>
        </domain>
