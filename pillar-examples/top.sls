base:
  '*':
    - settings
    - seed
    - web
    - vpn
    - beancounters
    - mail
    - database
    - router
