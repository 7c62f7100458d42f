"""A GLPI server on this machine, over the estate."""
