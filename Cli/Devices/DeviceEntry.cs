using FlashMem.Abstractions.Devices;

namespace FlashMem.Cli.Devices;

/// <summary>A kind of device that the tool knows by name.</summary>
internal sealed record DeviceEntry
{
    /// <summary>Name on the command line, without an index.</summary>
    public required string Name { get; init; }

    /// <summary>There may be several: <c>NAME:N</c> is the one of index N, <c>NAME</c> that of index 0. Default: there is one.</summary>
    public bool IsIndexed { get; init; }

    /// <summary>Describes every device of the kind that is here, or in one entry why none is.</summary>
    public required Func<IReadOnlyList<DeviceProbe>> Probe { get; init; }

    /// <summary>Opens the one of an index, or throws <see cref="Abstractions.Errors.DeviceException"/>.</summary>
    public required Func<int, IDevice> Open { get; init; }

    /// <summary>
    /// Opens the one of an index as if it were a GPU with memory of its own, or throws <see cref="Abstractions.Errors.UsageException"/> where
    /// that makes no sense. Default (null): it makes none for the whole kind.
    /// </summary>
    public Func<int, IDevice>? OpenAsGpu { get; init; }
}

/// <summary>What a probe found: a device, or the reason why it is absent.</summary>
/// <param name="Name">Name on the command line, with its index where the kind has them.</param>
/// <param name="Present">It can be opened.</param>
/// <param name="Description">What it is, or why it is absent.</param>
internal sealed record DeviceProbe(string Name, bool Present, string Description);
