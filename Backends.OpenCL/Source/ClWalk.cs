using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.OpenCL.Programs;

namespace FlashMem.Backends.OpenCL.Source;

/// <summary>
/// How work-items share an output of rows and columns whose elements are computed alone. A work-item takes a block of rows by a piece of
/// columns: on a GPU one run of one row, neighbours in neighbouring work-items; on a CPU so much that few work-items keep all cores busy.
/// </summary>
/// <param name="Rows">Rows of the output.</param>
/// <param name="Columns">Columns of the output, neighbours in memory where that can be.</param>
/// <param name="Run">Columns computed as a vector; 1 for none.</param>
/// <param name="ItemRows">Rows per work-item.</param>
/// <param name="ItemColumns">Columns per work-item, a multiple of <paramref name="Run"/>.</param>
/// <param name="Local">Work-items per group.</param>
internal sealed record ClWalk(int Rows, int Columns, int Run, int ItemRows, int ItemColumns, int Local)
{
    // Elements per work-item of a CPU at least, so that starting a work-item costs little beside them; runs per core to even out.
    private const int LeastItemElements = 2048;
    private const int ItemsPerCore = 4;
    private const int GroupItems = 256;

    // Rows that a work-item takes of a transpose: neighbours in memory that were read, 32 bytes of them on GPUs.
    private const int TransposedRows = 64;
    private const int TransposedRowsOnGpu = 8;

    public long Items => (long)Pieces * ((Rows + ItemRows - 1) / ItemRows);

    private int Pieces => (Columns + ItemColumns - 1) / ItemColumns;

    /// <summary>Widest run for a target: a vector register of floats.</summary>
    public static int WidestRun(ClTraits traits) => traits.Cpu ? 16 : 4;

    /// <param name="desc">For errors.</param>
    /// <param name="rows">Rows of the output.</param>
    /// <param name="columns">Columns of the output.</param>
    /// <param name="run">1, 2, 4, 8 or 16; narrowed to what <paramref name="columns"/> has room for.</param>
    /// <param name="work">About how many plain operations an element costs.</param>
    /// <param name="traits">The target.</param>
    public static ClWalk Create(KernelDesc desc, long rows, long columns, int run, int work, ClTraits traits)
    {
        ClChecks.Int(desc, rows * columns, "elements");
        while (run > columns)
        {
            run /= 2;
        }

        if (!traits.Cpu)
        {
            int local = 1;
            while (2 * local <= Math.Min(GroupItems, traits.MaxWorkGroup))
            {
                local *= 2;
            }

            return new ClWalk((int)rows, (int)columns, run, 1, run, local);
        }

        long elements = rows * columns;
        long share = elements / (traits.ComputeUnits * ItemsPerCore);
        long wanted = Math.Min(elements, Math.Max(share, Math.Max(1, LeastItemElements / work)));
        long itemColumns = Math.Min(columns, (wanted + run - 1) / run * run);
        long itemRows = Math.Clamp(wanted / columns, 1, rows);
        return new ClWalk((int)rows, (int)columns, run, (int)itemRows, (int)((itemColumns + run - 1) / run * run), 1);
    }

    /// <summary>
    /// The walk for an input that lies along rows while the output lies along columns: blocks in which every cache line read is used whole.
    /// </summary>
    public ClWalk Transposed(ClTraits traits) => this with
    {
        ItemRows = Math.Min(Rows, traits.Cpu ? TransposedRows : TransposedRowsOnGpu),
        ItemColumns = Run,
    };

    /// <summary>The definitions that <c>walk.cl</c> asks for, and the file.</summary>
    public void Add(ClSource source) => source
        .Define("ROWS", Rows)
        .Define("COLUMNS", Columns)
        .Run(Run)
        .Define("ITEM_ROWS", ItemRows)
        .Define("ITEM_COLUMNS", ItemColumns)
        .Helper("walk");

    public ClRange Global => new((Items + Local - 1) / Local * Local);

    public ClRange LocalRange => new(Local);
}
