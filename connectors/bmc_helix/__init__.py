"""BMC Helix ITSM, once Remedy: forms read over the AR System's REST API."""
