# What a minion needs beside this extension: salt '*' state.apply openvz.deps
# pip is that of Salt's own Python (salt-pip).
lxml:
  pip.installed:
    - reload_modules: True
