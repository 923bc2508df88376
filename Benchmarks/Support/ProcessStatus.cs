using System.Globalization;

namespace FlashMem.Benchmarks.Support;

/// <summary>Memory of this process in bytes, from /proc/self/status: the peak, and what the present resident set is made of.</summary>
internal sealed record ProcessStatus(long PeakRss, long RssAnon, long RssFile)
{
    public static ProcessStatus Read()
    {
        string[] lines = File.ReadAllLines("/proc/self/status");
        return new ProcessStatus(Field("VmHWM"), Field("RssAnon"), Field("RssFile"));

        long Field(string name) => 1024 * long.Parse(
            lines.First(line => line.StartsWith(name + ":", StringComparison.Ordinal)).Split(':')[1].Replace("kB", "", StringComparison.Ordinal),
            CultureInfo.InvariantCulture);
    }
}
