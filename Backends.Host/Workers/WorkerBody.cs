namespace FlashMem.Backends.Host.Workers;

/// <summary>
/// One task of a job. <paramref name="scratch"/> points to <see cref="WorkerPool.ScratchBytes"/> bytes, aligned to 64, that belong to the
/// calling worker for the length of the call; their contents are undefined at entry.
/// </summary>
internal unsafe delegate void WorkerBody(int task, byte* scratch);
