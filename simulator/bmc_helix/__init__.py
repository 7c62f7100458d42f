"""The estate as BMC Helix ITSM gives it through the AR System's REST API."""
