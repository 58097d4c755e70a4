# Applied inside the container, by the node's Salt.
/var/www/index.html:
  file.managed:
    - makedirs: true
    - contents: "<h1>{{ pillar['title'] }}</h1> <p>on {{ grains['id'] }}"
