base:
  '*':
    - passwords
