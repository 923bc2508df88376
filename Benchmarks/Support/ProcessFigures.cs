using System.Globalization;
using FlashMem.Runtime.Memory;

namespace FlashMem.Benchmarks.Support;

/// <summary>What a measured child process reports on one line.</summary>
internal sealed record ProcessFigures(double FirstRunMs, double SteadyMs, ProcessMemory Memory)
{
    public string ToLine() => string.Create(
        CultureInfo.InvariantCulture,
        $"figures {FirstRunMs} {SteadyMs} {Memory.PeakResidentBytes} {Memory.AnonymousBytes} {Memory.FileBackedBytes}");

    public static ProcessFigures? FromLine(string line)
    {
        string[] parts = line.Split(' ');
        if (parts is not ["figures", _, _, _, _, _])
        {
            return null;
        }

        double[] values = [.. parts.Skip(1).Select(part => double.Parse(part, CultureInfo.InvariantCulture))];
        var memory = new ProcessMemory((long)values[2], (long)(values[3] + values[4]), (long)values[3], (long)values[4]);
        return new ProcessFigures(values[0], values[1], memory);
    }
}
