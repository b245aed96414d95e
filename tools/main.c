#include <stdio.h>

#include "emotrack.h"

int main(void)
{
    printf("emotrack %s\n", et_version());
    return 0;
}
