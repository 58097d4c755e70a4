# Roles go by the name of the node, which the master knows; a node could claim any grain.
base:
  '*':
    - common
  'web-*':
    - web
  'db-*':
    - database
