using FlashMem.Graph.Zoo;

namespace FlashMem.Tests.Support;

/// <summary>
/// Zoo models with their weights and weight files, made once under artifacts/test-models (or the folder that
/// FLASHMEM_TEST_MODELS names) and reused by later test runs.
/// </summary>
internal static class ZooFiles
{
    private static readonly SemaphoreSlim Gate = new(1);

    public static string Folder { get; } =
        Environment.GetEnvironmentVariable("FLASHMEM_TEST_MODELS") ?? Path.Combine(RepositoryRoot.Path, "artifacts", "test-models");

    /// <summary>Path of the model's graph; fills its weights on the first call.</summary>
    public static async Task<string> MakeAsync(string name)
    {
        await Gate.WaitAsync();
        try
        {
            return await ZooModels.MakeAsync(name, Folder, null, CancellationToken.None);
        }
        finally
        {
            Gate.Release();
        }
    }
}
