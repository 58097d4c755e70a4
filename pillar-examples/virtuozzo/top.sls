base:
  'vz1':
    - vz1
