using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Ir;
using Microsoft.Win32.SafeHandles;

namespace FlashMem.Graph.Evaluation;

/// <summary>Reads weights from the files that their references name. Keeps the files open until disposed. Thread-safe.</summary>
public sealed class FileWeightReader : IWeightReader, IDisposable
{
    private readonly Dictionary<string, SafeFileHandle> files = new(StringComparer.Ordinal);

    public void Read(WeightRef weight, long byteOffset, Span<byte> destination)
    {
        if (byteOffset < 0 || byteOffset > weight.Length - destination.Length)
        {
            throw new ArgumentOutOfRangeException(
                nameof(byteOffset), $"bytes {byteOffset}+{destination.Length} of '{weight.Name}', which has {weight.Length}");
        }

        try
        {
            SafeFileHandle file = Open(weight.File);
            long position = weight.Offset + byteOffset;
            while (destination.Length > 0)
            {
                int count = RandomAccess.Read(file, destination, position);
                if (count == 0)
                {
                    throw new ModelException($"{weight.File}: ends before byte {position} of weight '{weight.Name}'");
                }

                position += count;
                destination = destination[count..];
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"{weight.File}: cannot read weight '{weight.Name}': {fault.Message}", fault);
        }
    }

    public void Dispose()
    {
        lock (files)
        {
            foreach (SafeFileHandle file in files.Values)
            {
                file.Dispose();
            }

            files.Clear();
        }
    }

    private SafeFileHandle Open(string path)
    {
        lock (files)
        {
            if (!files.TryGetValue(path, out SafeFileHandle? file))
            {
                file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.SequentialScan);
                files.Add(path, file);
            }

            return file;
        }
    }
}
