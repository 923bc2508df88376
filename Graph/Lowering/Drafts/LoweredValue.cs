using FlashMem.Abstractions.Tensors;

namespace FlashMem.Graph.Lowering.Drafts;

/// <summary>Where a value of the model lies: a view, with the model's logical shape, over a buffer or a constant.</summary>
internal sealed class LoweredValue
{
    public LoweredValue(string name, DraftStorage storage, TensorView view, int uses, bool exclusive)
    {
        Name = name;
        Storage = storage;
        View = view;
        Uses = uses;
        Exclusive = exclusive;
        (storage as DraftBuffer)?.Values.Add(this);
    }

    public string Name { get; }

    public DraftStorage Storage { get; set; }

    public TensorView View { get; set; }

    /// <summary>Node inputs and graph outputs that read this very value.</summary>
    public int Uses { get; }

    /// <summary>
    /// True when no other value between the producing kernel and this one is read by anything else: whoever reads this value last is then
    /// the only reader of the kernel's result.
    /// </summary>
    public bool Exclusive { get; set; }

    public bool IsConstant => Storage is ConstantStorage;

    public Shape Shape => View.Shape;

    public int Rank => View.Rank;
}
