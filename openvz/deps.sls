# What a minion needs besides this extension: salt '*' state.apply openvz.deps
# pip.installed uses the pip of Salt's own Python (salt-pip).
lxml:
  pip.installed:
    - reload_modules: True
