"""The verbs of the `csi` command."""
