base:
  'hn1':
    - hn1
