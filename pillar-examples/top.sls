base:
  '*':
    - settings
    - seed
    - web
    - mail
    - database
    - router
