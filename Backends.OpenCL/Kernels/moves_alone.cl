// Moves with nothing beside them (ClMoveProbe).

__kernel void moves_alone(int unused MOVE_PARAMETERS)
{
    MOVE_BEGIN(get_global_id(0));
    MOVE_REST;
}
