#include "cli/shortest_float.h"

#include <charconv>

char *shortest_float(char *to, float value)
{
    return std::to_chars(to, to + SHORTEST_FLOAT_MOST, value).ptr;
}
