LIKE = "014-many-changes"
COMPACT = True
