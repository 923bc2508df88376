namespace FlashMem.Scheduling.Verification;

/// <summary>A rule that a queue's plan breaks.</summary>
/// <param name="Visit">Index of the visit; -1 for the whole queue.</param>
/// <param name="Message">What is wrong, with its numbers.</param>
public sealed record QueueViolation(int Visit, string Message)
{
    public override string ToString() => Visit < 0 ? Message : $"visit {Visit} {Message}";
}
