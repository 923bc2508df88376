namespace FlashMem.Abstractions.Time;

/// <summary>A point on a device's clock, or a duration: integer picoseconds, counted from the moment the device opened.</summary>
public readonly record struct DeviceTime(long Picoseconds) : IComparable<DeviceTime>
{
    private const long PicosecondsPerTick = 100_000;

    public static DeviceTime Zero => default;

    public double Milliseconds => Picoseconds / 1e9;

    public static DeviceTime FromNanoseconds(double nanoseconds) => new((long)(nanoseconds * 1e3));

    public static DeviceTime FromTimeSpan(TimeSpan span) => new(checked(span.Ticks * PicosecondsPerTick));

    public TimeSpan ToTimeSpan() => new(Picoseconds / PicosecondsPerTick);

    public int CompareTo(DeviceTime other) => Picoseconds.CompareTo(other.Picoseconds);

    /// <summary>The later of two times.</summary>
    public static DeviceTime Later(DeviceTime a, DeviceTime b) => a > b ? a : b;

    public static DeviceTime operator +(DeviceTime left, DeviceTime right) => new(checked(left.Picoseconds + right.Picoseconds));

    public static DeviceTime operator -(DeviceTime left, DeviceTime right) => new(checked(left.Picoseconds - right.Picoseconds));

    public static bool operator <(DeviceTime left, DeviceTime right) => left.Picoseconds < right.Picoseconds;

    public static bool operator >(DeviceTime left, DeviceTime right) => left.Picoseconds > right.Picoseconds;

    public static bool operator <=(DeviceTime left, DeviceTime right) => left.Picoseconds <= right.Picoseconds;

    public static bool operator >=(DeviceTime left, DeviceTime right) => left.Picoseconds >= right.Picoseconds;

    public override string ToString() => $"{Milliseconds:0.###} ms";
}
