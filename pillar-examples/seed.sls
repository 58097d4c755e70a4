# The document of 2008 that first proposed OpenVZ domains, as it was posted. Its name is the CTID.
# "//for NAT" uses libvirt's network "default", with whatever bridge it has on the node; eth1 is passed through.
openvz:
  containers:
    seed:
      xml: |
        <domain type='openvz'>
                 <name>209</name>
                 <uuid>8dea22b31d52d8f32516782e98ab8fa0</uuid>
                 <devices>
                         <filesystem type="template">
                                 <source name="fedora-core-5-i386" />
                                 <quota type="size" max="10000"/>
                                 <quota type="inodes" max="200000"/>
                         </filesystem>

                         <interface type='bridge'> //for bridge
        	                <source bridge='eth10'/>
                                 <mac address='00:16:3e:5d:c7:9e'/>
                         </interface>

                         <interface type='bridge'> //for NAT
        	                 <source bridge='eth11'/>
        	                 <target type='network'>
                                          <source network='default'/>
                                  </target>
                         </interface>

                         <interface type='network'> //for phisical device
        	                 <host class='network' dev='eth1'/>
                         </interface>

                         <interface type='route'> //for routing network
        	                 <mac address='00:16:3e:34:21:9e'/>
                                  <ip address="192.168.122.1" />
                                  <ip address="192.168.122.15" />
                         </interface>

                 </devices>
        </domain>
