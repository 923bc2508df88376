namespace FlashMem.Runtime.Packing;

/// <summary>A rectangle of a strip whose source elements lie close enough together to be read as one range.</summary>
/// <param name="FirstRow">First row.</param>
/// <param name="Rows">Number of rows.</param>
/// <param name="FirstColumn">First column.</param>
/// <param name="Columns">Number of columns, padding included.</param>
/// <param name="SourceStart">First source element of the range.</param>
/// <param name="SourceCount">Source elements of the range, gaps included.</param>
internal readonly record struct Tile(int FirstRow, int Rows, int FirstColumn, int Columns, long SourceStart, int SourceCount);
