# Four web servers on each node web-1, web-2, ...; names, CTIDs and addresses contain the node's number.
{% from 'container.jinja' import container %}
{% set node = grains['id'].split('-')[1] | int %}
openvz:
  domains:
{% for slot in range(1, 5) %}
{% set name = 'web%d%d' | format(node, slot) %}
    {{ name }}:
      state: running
      xml: {{ container(name, 1000 * node + slot, '198.51.100.%d' | format(10 * node + slot), vcpu=2) | json }}
{% endfor %}
