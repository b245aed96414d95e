#include "emotrack.h"

const char *et_version(void)
{
    return EMOTRACK_VERSION;
}
