// How a work-item finds its part of an output of ROWS x COLUMNS elements (ClWalk): ITEM_ROWS rows by ITEM_COLUMNS columns, pieces of one
// block of rows in neighbouring work-items. RUN columns are computed as one vector where a piece has that many left.

// Declares row, end_row, first_column and end_column; ends work-items that have nothing to do.
#define WALK_ITEM \
    const int pieces = (COLUMNS + ITEM_COLUMNS - 1) / ITEM_COLUMNS; \
    const int item = (int)get_global_id(0); \
    int row = item / pieces * ITEM_ROWS; \
    if (row >= ROWS) return; \
    const int end_row = min(row + ITEM_ROWS, ROWS); \
    const int first_column = item % pieces * ITEM_COLUMNS; \
    const int end_column = min(first_column + ITEM_COLUMNS, COLUMNS)
