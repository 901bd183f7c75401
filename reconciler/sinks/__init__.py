"""Where generated secrets are delivered, behind the interface in `base`."""
