"""Products: the names a deal may carry."""

from backend.crm.pipeline.errors import RowError
from backend.crm.pipeline.rejects import Reject, sift
from backend.crm.pipeline.sheet import Sheet, SourceRow
from backend.crm.pipeline.values import money, name


def read_products(sheet: Sheet, rejects: list[Reject]) -> set[str]:
    """Return the names of the products. Series and list price are checked and not kept: no noun holds them yet."""
    first_rows: dict[str, int] = {}

    def read(row: SourceRow) -> str:
        product = name(row.cells, "product")
        money(row.cells, "sales_price")
        if product in first_rows:
            raise RowError(f"product {product!r} is already in row {first_rows[product]}")
        first_rows[product] = row.number
        return product

    return set(sift(sheet, read, rejects))
