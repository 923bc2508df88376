namespace FlashMem.Abstractions.Errors;

/// <summary>
/// Base of every error that FlashMem raises on purpose. The message is one clear line that names the thing and the numbers; the
/// command-line tool prints it and ends with <see cref="ExitCode"/>.
/// </summary>
public abstract class FlashMemException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Process exit code of the command-line tool (shared contract: 1, 2, 3, 4, 5 or 6).</summary>
    public abstract int ExitCode { get; }
}

/// <summary>A run started and failed: storage fault, changed weight file, a kernel that could not finish.</summary>
public sealed class RunFailedException(string message, Exception? inner = null) : FlashMemException(message, inner)
{
    public override int ExitCode => 1;
}

/// <summary>The caller asked for something that makes no sense: unknown device, malformed size, missing input.</summary>
public sealed class UsageException(string message, Exception? inner = null) : FlashMemException(message, inner)
{
    public override int ExitCode => 2;
}

/// <summary>The model cannot be read, is malformed, or needs an operator that is not supported (named, with its node).</summary>
public sealed class ModelException(string message, Exception? inner = null) : FlashMemException(message, inner)
{
    public override int ExitCode => 3;
}

/// <summary>The budget cannot hold any workable plan.</summary>
public sealed class BudgetException(string message, long budgetBytes, long smallestBytes) : FlashMemException(message)
{
    public override int ExitCode => 4;

    public long BudgetBytes { get; } = budgetBytes;

    /// <summary>The smallest budget in bytes that would work.</summary>
    public long SmallestBytes { get; } = smallestBytes;
}

/// <summary>The device is absent or failed; carries the driver's words.</summary>
public sealed class DeviceException(string message, Exception? inner = null) : FlashMemException(message, inner)
{
    public override int ExitCode => 5;
}

/// <summary>A plan or an output did not pass verification.</summary>
public sealed class VerificationException(string message) : FlashMemException(message)
{
    public override int ExitCode => 6;
}
