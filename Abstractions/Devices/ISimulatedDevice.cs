namespace FlashMem.Abstractions.Devices;

/// <summary>
/// A device whose time is computed and not measured: its clock advances only while someone waits, and nothing about it may depend on a
/// wall clock. It models storage as well, so whoever runs on it hands it the file.
/// </summary>
public interface ISimulatedDevice : IDevice
{
    /// <summary>
    /// Memory holds bytes and kernels compute. False when only time is simulated: no weight is read, and reading memory that a command has
    /// written is an error, so outputs do not exist.
    /// </summary>
    bool HasValues { get; }

    /// <summary>
    /// Modelled storage for one weight file. Its reads take the device's time; each asks <paramref name="bytes"/> for the values at the
    /// moment at which it completes.
    /// </summary>
    /// <param name="bytes">Reads the file itself and is owned by the result; null when there are no values to read.</param>
    IWeightStorage OpenStorage(IWeightStorage? bytes);

    /// <summary>
    /// Passes the time that the host takes to fetch so many bytes of results, which a device without values cannot be asked for.
    /// </summary>
    void PassHostRead(long bytes);
}
