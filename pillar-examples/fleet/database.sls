# One database on each node db-1, db-2, ...: larger, and protected.
{% from 'container.jinja' import container %}
{% set node = grains['id'].split('-')[1] | int %}
{% set name = 'db%d' | format(node) %}
openvz:
  domains:
    {{ name }}:
      state: running
      protected: true
      xml: {{ container(name, 2000 + node, '203.0.113.%d' | format(node), memory=2048, vcpu=4) | json }}
