// What generated text gives to every template.
//
// CPU                      1 on CPU drivers, else 0.
//
// For an operand X (IN0, IN1, ... inputs; OUT output; E1, E2, ... operands of the fused expression) with index parameters i0, i1, ...,
// one per logical axis, not negative and inside the extent (ClOperand):
//   X_T                    type of its values: float or int.
//   X_MEMORY               type of its elements in memory: float, half or int.
//   X_AT(i0, ...)          element address, counted from the operand's memory range; int, or long where int is too small.
//   X_LOAD(x, i0, ...)     value at x[X_AT(i0, ...)]; halves become floats.
//   X_LOADn(x, i0, ...)    n neighbours along the run axis as a vector, the index there a multiple of n and the run inside the extent.
//   X_STORE(x, i0, ..., v), X_STOREn(x, i0, ..., v)   (outputs only)
//
// The fused expression (ClEpilogue); a template's kernel function names its output `out` and has
// the parameters "..., OUTPUT(OUT_T, out) EPILOGUE_PARAMETERS" (no comma between the last two) and the statement EPILOGUE_ADVANCE:
//   EPILOGUE(r, i0, ...)   the value to store for the result r at an output index; loads the operands.
//   STORE(r, i0, ...)      computes and stores it.
//   EPILOGUEn, STOREn      the same for runs of n.
//
// Pointers are restrict: what a kernel writes, nothing else reads or writes during the launch.

#define INPUT(type, name) __global const type* restrict name, uint name##_offset
#define OUTPUT(type, name) __global type* restrict name, uint name##_offset
// Offsets count 4 bytes.
#define ADVANCE(name) name += (size_t)name##_offset * (4 / sizeof(*name))

// OF_RUN(name) is the form of RUN elements of a function or macro: name4 for RUN 4, name itself for RUN 1.
#define OPERANDS_PASTE2(a, b) a##b
#define OPERANDS_PASTE(a, b) OPERANDS_PASTE2(a, b)
#define OF_RUN(name) OPERANDS_PASTE(name, RUN_SUFFIX)
