# A minimal document: everything else comes from vzctl's sample configuration, or stays as the administrator set it.
openvz:
  containers:
    mail:
      xml: |
        <domain type='openvz'>
          <name>311</name>
          <devices>
            <filesystem type='template'>
              <source name='debian-12-x86_64'/>
              <target dir='/'/>
            </filesystem>
            <interface type='route'>
              <ip address='198.51.100.25'/>
              <ip address='198.51.100.26'/>
            </interface>
          </devices>
        </domain>
