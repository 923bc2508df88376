using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Evaluation;
using FlashMem.Graph.Ir;
using FlashMem.Runtime.Storage;
using Microsoft.Win32.SafeHandles;

namespace FlashMem.Runtime.Packing;

/// <summary>
/// The model files that a packing reads, opened once each and watched: a file that is shorter than at import or that changes meanwhile is
/// an error. Thread-safe.
/// </summary>
internal sealed class SourceFiles : IWeightReader, IDisposable
{
    private readonly ImmutableDictionary<string, (SafeFileHandle Handle, FileIdentity Identity)> files;

    /// <summary>Opens all files that the graph's weights come from and checks that they hold the ranges they should.</summary>
    public SourceFiles(KernelGraph graph)
    {
        var opened = ImmutableDictionary.CreateBuilder<string, (SafeFileHandle, FileIdentity)>(StringComparer.Ordinal);
        try
        {
            foreach (WeightRef weight in References(graph))
            {
                if (!opened.TryGetValue(weight.File, out (SafeFileHandle Handle, FileIdentity Identity) file))
                {
                    SafeFileHandle handle = OpenFile(weight);
                    file = (handle, FileIdentities.Of(handle, weight.File));
                    opened.Add(weight.File, file);
                }

                if (weight.Offset < 0 || weight.Length < 0 || weight.Offset > file.Identity.Bytes - weight.Length)
                {
                    throw new ModelException(
                        $"'{weight.File}' is too short: weight '{weight.Name}' needs bytes {weight.Offset} to "
                        + $"{weight.Offset + weight.Length}, the file has {file.Identity.Bytes}");
                }
            }
        }
        catch
        {
            foreach ((SafeFileHandle handle, _) in opened.Values)
            {
                handle.Dispose();
            }

            throw;
        }

        files = opened.ToImmutable();
    }

    /// <summary>The files in the order of their paths.</summary>
    public ImmutableArray<SourceIdentity> Identities =>
    [
        .. files.OrderBy(file => file.Key, StringComparer.Ordinal)
            .Select(file => new SourceIdentity(file.Key, file.Value.Identity.Bytes, file.Value.Identity.ModifiedNanoseconds)),
    ];

    public void Read(WeightRef weight, long byteOffset, Span<byte> destination)
    {
        if (byteOffset < 0 || byteOffset > weight.Length - destination.Length)
        {
            throw new ModelException(
                $"weight '{weight.Name}' has {weight.Length} bytes; {destination.Length} at offset {byteOffset} were asked for");
        }

        SafeFileHandle handle = files[weight.File].Handle;
        long start = weight.Offset + byteOffset;
        int position = 0;
        while (position < destination.Length)
        {
            int count;
            try
            {
                count = RandomAccess.Read(handle, destination[position..], start + position);
            }
            catch (IOException error)
            {
                throw new RunFailedException(
                    $"cannot read {destination.Length} bytes at offset {start} of '{weight.File}' (weight '{weight.Name}'): "
                    + error.Message,
                    error);
            }

            if (count == 0)
            {
                throw new ModelException(
                    $"'{weight.File}' ended early: read {position} of {destination.Length} bytes at offset {start} "
                    + $"(weight '{weight.Name}')");
            }

            position += count;
        }
    }

    public void Prefetch(WeightRef weight, long byteOffset, long bytes)
    {
        if (OperatingSystem.IsLinux())
        {
            _ = LinuxNative.Advise(files[weight.File].Handle, weight.Offset + byteOffset, bytes, LinuxNative.AdviseWillNeed);
        }
    }

    /// <summary>Throws when a file is not as it was when it was opened; what was packed from it may then mix two states.</summary>
    public void ThrowIfChanged()
    {
        foreach ((string path, (SafeFileHandle handle, FileIdentity identity)) in files)
        {
            if (identity.DifferenceFrom(FileIdentities.Of(handle, path)) is { } difference)
            {
                throw new ModelException($"'{path}' changed while it was packed: {difference}");
            }
        }
    }

    public void Dispose()
    {
        foreach ((SafeFileHandle handle, _) in files.Values)
        {
            handle.Dispose();
        }
    }

    private static IEnumerable<WeightRef> References(KernelGraph graph) => graph.Weights.SelectMany(weight => weight.Source switch
    {
        StoredSource stored => [stored.Tensor],
        ComputedSource computed => computed.Graph.Weights.Values,
        _ => Enumerable.Empty<WeightRef>(),
    });

    private static SafeFileHandle OpenFile(WeightRef weight)
    {
        try
        {
            return File.OpenHandle(weight.File, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"cannot open '{weight.File}' (weight '{weight.Name}'): {error.Message}", error);
        }
    }
}
