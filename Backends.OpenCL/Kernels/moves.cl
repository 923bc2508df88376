// Moves of weight chunks inside a kernel that computes something else (FlashMem paper, section 4: branch-free pipelined loads). Given by
// ClMoves where the kernel carries moves; elsewhere MOVES is 0 and all macros are empty.
//   MOVE_HALF     1: a texel is four halves, 0: four floats.
//   MOVE_IMAGES   1: the target is an image, 0: a buffer.
//   MOVE_CUTS     1: loops are cut in two, 0: they ask in every iteration.
//
// The texels to move are numbered through, 0 .. move_ends.w; number v of run r (move_ends[r - 1] <= v < move_ends[r]) is texel
// v + move_from[r] of the source and v + move_to[r] of the target. Work-item i of the move_items first ones moves numbers
// i, i + move_items, ..., one per round: neighbours move neighbours. All of them do move_rounds rounds; behind the last number they
// repeat it, which changes nothing.
//
// A template calls MOVE_BEGIN(i) once, MOVE_ISSUE in an iteration before its arithmetic and MOVE_FINISH after it, so that the load is on its
// way meanwhile, and MOVE_REST after its loop for the rounds that are left. The loop itself is cut in two by MOVE_CUT: first the iterations
// that move, then those that do not (the compiler unrolls the two, so neither has a branch). Without MOVE_CUTS it is not, and every
// iteration asks; the answer is one for a whole work-group. A template without a loop just moves once.

#if MOVES

// Texels keep their bits. In buffers they are copied as they are. An image of halves takes floats: every half is a float, and rounding one
// that is a half gives that half again (a driver may flush subnormal ones; ClMoveProbe refuses such a driver).
#if MOVE_IMAGES && MOVE_HALF
#define MOVE_SOURCE __global const half* restrict
#define MOVED float4
#define MOVE_READ(source, texel) vload_half4(texel, source)
#elif MOVE_IMAGES
#define MOVE_SOURCE __global const float4* restrict
#define MOVED float4
#define MOVE_READ(source, texel) (source)[texel]
#elif MOVE_HALF
#define MOVE_SOURCE __global const ulong* restrict
#define MOVED ulong
#define MOVE_READ(source, texel) (source)[texel]
#else
#define MOVE_SOURCE __global const uint4* restrict
#define MOVED uint4
#define MOVE_READ(source, texel) (source)[texel]
#endif

#if MOVE_IMAGES
#define MOVE_TARGET __write_only image2d_t
// Images are 4096 bytes wide: 512 texels of halves, 256 of floats.
#define MOVE_ROW_BITS (MOVE_HALF ? 9 : 8)
#define MOVE_WRITE(target, texel, value) \
    write_imagef(target, (int2)((int)((texel) & ((1u << MOVE_ROW_BITS) - 1)), (int)((texel) >> MOVE_ROW_BITS)), value)
#else
#define MOVE_TARGET __global MOVED* restrict
#define MOVE_WRITE(target, texel, value) (target)[texel] = (value)
#endif

#define MOVE_PARAMETERS \
    , MOVE_SOURCE move_source, MOVE_TARGET move_target, uint4 move_ends, uint4 move_from, uint4 move_to, int move_items, int move_rounds

// What run of the four a number belongs to decides what to add to it.
static inline uint move_texel(uint number, uint4 ends, uint4 add)
{
    return number + (number < ends.x ? add.x : number < ends.y ? add.y : number < ends.z ? add.z : add.w);
}

#define MOVE_NUMBER(round) min(move_item + (uint)(round) * (uint)move_items, move_ends.w - 1)
#define MOVE_LOAD(round) MOVE_READ(move_source, move_texel(MOVE_NUMBER(round), move_ends, move_from))
#define MOVE_STORE(round, value) MOVE_WRITE(move_target, move_texel(MOVE_NUMBER(round), move_ends, move_to), value)

#define MOVE_BEGIN(i) \
    const uint move_item = (uint)(i); \
    const int move_end = move_item < (uint)move_items ? move_rounds : 0; \
    const int moving = move_end > 0; \
    int move_round = 0; \
    MOVED moved = (MOVED)(0)

#if MOVE_CUTS
// To be unrolled; hides the variable of MOVE_BEGIN.
#define MOVE_CUT for (int moving = 1; moving >= 0; moving--)
#define MOVE_GOES_ON (!moving || move_round < move_end)
#define MOVE_NOW moving
#else
#define MOVE_GOES_ON 1
#define MOVE_NOW (moving && move_round < move_end)
#endif
#define MOVE_ISSUE if (MOVE_NOW) moved = MOVE_LOAD(move_round)
#define MOVE_FINISH if (MOVE_NOW) { MOVE_STORE(move_round, moved); move_round++; }

// Four loads are under way together.
#define MOVE_REST \
    for (; move_round + 4 <= move_end; move_round += 4) \
    { \
        MOVED moved0 = MOVE_LOAD(move_round); \
        MOVED moved1 = MOVE_LOAD(move_round + 1); \
        MOVED moved2 = MOVE_LOAD(move_round + 2); \
        MOVED moved3 = MOVE_LOAD(move_round + 3); \
        MOVE_STORE(move_round, moved0); \
        MOVE_STORE(move_round + 1, moved1); \
        MOVE_STORE(move_round + 2, moved2); \
        MOVE_STORE(move_round + 3, moved3); \
    } \
    for (; move_round < move_end; move_round++) MOVE_STORE(move_round, MOVE_LOAD(move_round))

#else
#define MOVE_CUTS 0
#define MOVE_PARAMETERS
#define MOVE_BEGIN(i)
#define MOVE_GOES_ON 1
#define MOVE_ISSUE
#define MOVE_FINISH
#define MOVE_REST
#endif
