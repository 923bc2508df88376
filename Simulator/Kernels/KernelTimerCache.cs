using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Time;
using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Kernels;

/// <summary>A remembered launch.</summary>
/// <param name="RoundBytes">Bytes moved when every work-item moves one texel.</param>
/// <param name="Timing">Its cost.</param>
internal sealed record KernelMemo(long RoundBytes, KernelTiming Timing);

/// <summary>
/// Times of kernels on one device, in memory and as a small JSON file (schema <c>flashmem.kernel-times/1</c>) for later processes. Only the
/// device's memory and cores matter: storage, launch and copy figures may change. Looking up and
/// adding are thread-safe.
/// </summary>
internal sealed class KernelTimerCache
{
    public const string Schema = "flashmem.kernel-times/1";

    /// <summary>Changes when patterns or machine change what a kernel takes.</summary>
    private const string Model = "4";

    private readonly ConcurrentDictionary<string, KernelMemo> memos = new(StringComparer.Ordinal);

    private KernelTimerCache(string device)
    {
        Device = device;
    }

    /// <summary>Hash of the figures that times depend on.</summary>
    public string Device { get; }

    public int Count => memos.Count;

    /// <summary>There are results that the file does not have.</summary>
    public bool Changed { get; private set; }

    public static KernelTimerCache For(SimulatorSpec spec) => new(Hash(spec));

    /// <summary>
    /// The cache of a file; an empty one when there is no file, or when it is of another device, an older model, or damaged: times are then
    /// simulated again.
    /// </summary>
    public static KernelTimerCache Load(string path, SimulatorSpec spec)
    {
        var cache = For(spec);
        if (!File.Exists(path))
        {
            return cache;
        }

        KernelTimesFile? file;
        try
        {
            file = JsonSerializer.Deserialize(File.ReadAllBytes(path), KernelTimesContext.Default.KernelTimesFile);
        }
        catch (JsonException)
        {
            return cache;
        }

        if (file is { Schema: Schema } && file.Device == cache.Device)
        {
            foreach ((string key, KernelTimesEntry e) in file.Kernels)
            {
                var timing = new KernelTiming(new DeviceTime(e.Picoseconds), e.DramRead, e.DramWritten, e.L2, e.Texture, e.BoundBy)
                {
                    Cores = e.Cores,
                };
                cache.memos[key] = new KernelMemo(e.RoundBytes, timing);
            }
        }

        return cache;
    }

    /// <summary>Writes the file as a whole: a reader sees the old one or the new one.</summary>
    public void Save(string path)
    {
        var file = new KernelTimesFile(Schema, Device, []);
        foreach ((string key, KernelMemo memo) in memos.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            KernelTiming t = memo.Timing;
            file.Kernels[key] = new KernelTimesEntry(
                memo.RoundBytes, t.Alone.Picoseconds, t.DramReadBytes, t.DramWriteBytes, t.L2Bytes, t.TextureBytes, t.BoundBy, t.Cores);
        }

        string temporary = $"{path}.{Environment.ProcessId}.tmp";
        File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(file, KernelTimesContext.Default.KernelTimesFile));
        File.Move(temporary, path, overwrite: true);
        Changed = false;
    }

    /// <exception cref="UsageException">The cache is of another device.</exception>
    public void Check(SimulatorSpec spec)
    {
        if (Hash(spec) != Device)
        {
            throw new UsageException($"kernel times of device {Device} are not those of '{spec.Name}' ({Hash(spec)})");
        }
    }

    public bool TryGet(string key, [NotNullWhen(true)] out KernelMemo? memo) => memos.TryGetValue(key, out memo);

    /// <summary>Remembers a result; one that another thread was faster with is the same.</summary>
    public void Add(string key, KernelMemo memo)
    {
        memos[key] = memo;
        Changed = true;
    }

    private static string Hash(SimulatorSpec spec)
    {
        JsonObject json = SimulatorSpecJson.ToJson(spec);
        JsonObject memory = json["memory"]!.AsObject();
        JsonObject compute = json["compute"]!.AsObject();
        memory.Remove("copyBandwidth");
        compute.Remove("launchLatency");
        compute.Remove("synchronizationLatency");
        string text = $"{Model}\n{memory.ToJsonString()}\n{compute.ToJsonString()}";
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
    }
}

/// <summary>The file of a <see cref="KernelTimerCache"/>.</summary>
internal sealed record KernelTimesFile(string Schema, string Device, Dictionary<string, KernelTimesEntry> Kernels);

/// <summary>An entry of the file.</summary>
internal sealed record KernelTimesEntry(
    long RoundBytes, long Picoseconds, long DramRead, long DramWritten, long L2, long Texture, string BoundBy, int Cores);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(KernelTimesFile))]
internal sealed partial class KernelTimesContext : JsonSerializerContext;
