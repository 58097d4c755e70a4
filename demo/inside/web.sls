# Container 209 is there already: its document is left out, and what is in it is said here.
openvz:
  domains:
    '209':
      state: running
      wait_for: true
      inside:
        sls: [web]
        pillar:
          title: A page from the pillar
