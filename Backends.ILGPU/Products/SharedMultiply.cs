using ILGPU;

namespace FlashMem.Backends.ILGPU.Products;

/// <summary>
/// What tensor cores do, with fragments exchanged through shared memory: runs on any accelerator, so that the tiles' way through fragments can be
/// tested without a GPU. Slow.
/// </summary>
internal struct SharedMultiply : IMultiply
{
    private const int Steps = 8;
    private const int FragmentFloats = 6;

    public readonly void Begin()
    {
        // The sums that are passed around are the sums.
    }

    public readonly Float4 MultiplyAdd(int which, Float4 sum, LeftFragment left, float right0, float right1)
    {
        ArrayView<float> fragments = SharedMemory.Allocate<float>(TiledProduct.Threads * FragmentFloats);
        int own = Group.IdxX * FragmentFloats;
        fragments[own] = left.A0;
        fragments[own + 1] = left.A1;
        fragments[own + 2] = left.A2;
        fragments[own + 3] = left.A3;
        fragments[own + 4] = right0;
        fragments[own + 5] = right1;
        Group.Barrier();
        int warp = Group.IdxX & ~31;
        int row = warp + (Group.IdxX & 28);
        int column = warp + (8 * (Group.IdxX & 3));
        for (int step = 0; step < Steps; step++)
        {
            int within = step & 3;
            int half = step >> 2;
            float near = fragments[((row + within) * FragmentFloats) + (2 * half)];
            float far = fragments[((row + within) * FragmentFloats) + (2 * half) + 1];
            float even = fragments[((column + within) * FragmentFloats) + 4 + half];
            float odd = fragments[((column + 4 + within) * FragmentFloats) + 4 + half];
            sum.X += near * even;
            sum.Y += near * odd;
            sum.Z += far * even;
            sum.W += far * odd;
        }

        Group.Barrier();
        return sum;
    }

    public readonly Float4 Finish(int which, Float4 sum) => sum;
}
