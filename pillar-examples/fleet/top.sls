# Roles are assigned by minion id, which belongs to the key of a node; a node could claim any grain.
base:
  '*':
    - common
  'web-*':
    - web
  'db-*':
    - database
