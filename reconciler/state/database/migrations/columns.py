"""The types of columns in each database, the same as in `reconciler.state.database.dialect`."""

import sqlalchemy as sa

POSTGRES = "postgresql"

INTEGER = sa.Integer().with_variant(sa.BigInteger(), POSTGRES)
FLOAT = sa.Float().with_variant(sa.Double(), POSTGRES)
TEXT = sa.Text().with_variant(sa.Text(collation="C"), POSTGRES)
JSON = sa.JSON().with_variant(sa.Text(), POSTGRES)
BYTES = sa.LargeBinary()
