base:
  'old1':
    - old1
