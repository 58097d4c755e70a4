# As little as one can say: the rest stays as vzctl's sample configuration and the administrator leave it.
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
