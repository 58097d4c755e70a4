# A container from before vswap: beancounters limit memory and everything else, each with barrier and limit, in vzctl's units
# (pages of 4 KiB, bytes or items). Two of them have libvirt elements, in <memtune>.
openvz:
  containers:
    legacy:
      xml: |
        <domain type='openvz'>
          <name>360</name>
          <metadata xmlns:openvz='https://openvz.org/schemas/domain/salt/1'>
            <openvz:config>basic</openvz:config>
            <openvz:kmemsize barrier='14372700' limit='14790164'/>
            <openvz:numproc limit='240'/>
            <openvz:numfile limit='9312'/>
            <openvz:oomguarpages barrier='26112' limit='unlimited'/>
          </metadata>
          <memtune>
            <hard_limit unit='MiB'>272</hard_limit>
            <soft_limit unit='MiB'>256</soft_limit>
            <min_guarantee unit='MiB'>132</min_guarantee>
          </memtune>
          <devices>
            <filesystem type='template'>
              <source name='debian-12-x86_64'/>
              <target dir='/'/>
              <space_soft_limit unit='GiB'>2</space_soft_limit>
              <space_hard_limit unit='GiB'>3</space_hard_limit>
            </filesystem>
          </devices>
        </domain>
