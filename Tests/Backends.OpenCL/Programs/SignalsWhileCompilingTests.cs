using FlashMem.Backends.OpenCL.Device;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Backends.OpenCL.Programs;

/// <summary>
/// LLVM's signal handlers remove the temporary files of compilations in progress; .NET notices null references by a signal. Without
/// <see cref="FlashMem.Backends.OpenCL.Native.SignalHandlers"/> PoCL's builds fail here.
/// </summary>
public sealed class SignalsWhileCompilingTests
{
    private const int Programs = 40;

    [Fact]
    public async Task Null_references_elsewhere_in_the_process_break_no_compilation()
    {
        await using OpenClDevice device = OpenClTestDevice.Open();

        // LLVM installs its handlers with the first program.
        device.Prepare(SourceKernel.Add(0, $"{Guid.NewGuid()}"));
        using var done = new CancellationTokenSource();
        Task<int> faults = Task.Run(() => Dereference(done.Token), TestContext.Current.CancellationToken);
        try
        {
            for (int i = 0; i < Programs; i++)
            {
                device.Prepare(SourceKernel.Add(i, $"{Guid.NewGuid()}"));
            }
        }
        finally
        {
            await done.CancelAsync();
        }

        Assert.True(await faults > 0);
    }

    private static int Dereference(CancellationToken stop)
    {
        int count = 0;
        string? nothing = null;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                count += nothing!.Length;
            }
            catch (NullReferenceException)
            {
                count++;
            }
        }

        return count;
    }
}
