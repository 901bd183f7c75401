"""Where state and the journal are kept, behind the interface in `base`."""
