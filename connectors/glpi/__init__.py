"""A GLPI that is read over its REST API."""
