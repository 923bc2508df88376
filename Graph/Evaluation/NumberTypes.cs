using System.Numerics;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Graph.Evaluation;

/// <summary>Work that is written once for every number type.</summary>
internal interface INumberWork
{
    void Run<T>()
        where T : unmanaged, INumber<T>, IMinMaxValue<T>;
}

/// <summary>Chooses the .NET type that an element type is computed in.</summary>
internal static class NumberTypes
{
    /// <summary>The type that arithmetic on a type is done in: the 16-bit floats are computed in single precision.</summary>
    public static ElementType ComputeType(ElementType type) =>
        type is ElementType.Float16 or ElementType.BFloat16 ? ElementType.Float32 : type;

    /// <summary>Runs work for a compute type; booleans run as bytes.</summary>
    public static void Dispatch<TWork>(ElementType type, ref TWork work)
        where TWork : struct, INumberWork, allows ref struct
    {
        switch (type)
        {
            case ElementType.Float32:
                work.Run<float>();
                break;
            case ElementType.Float64:
                work.Run<double>();
                break;
            case ElementType.Int32:
                work.Run<int>();
                break;
            case ElementType.Int64:
                work.Run<long>();
                break;
            case ElementType.UInt8 or ElementType.Bool:
                work.Run<byte>();
                break;
            case ElementType.Int8:
                work.Run<sbyte>();
                break;
            case ElementType.Int16:
                work.Run<short>();
                break;
            case ElementType.UInt16:
                work.Run<ushort>();
                break;
            case ElementType.UInt32:
                work.Run<uint>();
                break;
            case ElementType.UInt64:
                work.Run<ulong>();
                break;
            default:
                throw new ModelException($"arithmetic on {type} is not supported");
        }
    }
}
