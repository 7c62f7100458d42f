"""What feeds the register: each proposes entries with evidence attached; a person accepts."""
