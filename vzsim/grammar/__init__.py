"""How vzctl spells things: options, configuration files, values."""
