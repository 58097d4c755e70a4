{% for label in pillar['openvz']['containers'] | sort %}
{{ label }}:
  openvz.running:
    - pillar_key: openvz:containers:{{ label }}:xml
{% endfor %}
