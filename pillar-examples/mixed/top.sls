# hn1 has vzctl 4.x, vz1 has vzctl 7 to 9. Both get the same file.
base:
  'hn*':
    - web
  'vz*':
    - web
