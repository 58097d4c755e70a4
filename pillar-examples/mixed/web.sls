# A web server on each node. The template has to be in the cache of both: a tarball on hn1, an EZ template on vz1.
{% from 'container.jinja' import container %}
{% set name, ctid, address = {
  'hn1': ('web1', 101, '198.51.100.11'),
  'vz1': ('web2', 102, '198.51.100.12'),
}[grains['id']] %}
openvz:
  domains:
    {{ name }}:
      state: running
      xml: {{ container(name, ctid, address) | json }}
mine_functions:
  openvz.node_info: []
