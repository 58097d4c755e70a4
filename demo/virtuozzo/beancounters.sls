# The container of pillar-examples/beancounters.sls on Virtuozzo: memory and its guarantee instead of beancounters. Those that
# the family still has may stay.
openvz:
  containers:
    legacy:
      xml: |
        <domain type='openvz'>
          <name>360</name>
          <metadata xmlns:openvz='https://openvz.org/schemas/domain/salt/1'>
            <openvz:config>basic</openvz:config>
            <openvz:numproc limit='240'/>
            <openvz:numfile limit='9312'/>
            <openvz:memguarantee>50</openvz:memguarantee>
          </metadata>
          <memory unit='MiB'>272</memory>
          <devices>
            <filesystem type='template'>
              <source name='debian-12-x86_64'/>
              <target dir='/'/>
              <space_hard_limit unit='GiB'>3</space_hard_limit>
            </filesystem>
          </devices>
        </domain>
