/* A library that must not be opened: it leaves a file behind as soon as it is. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

__attribute__((constructor)) static void sprung(void)
{
    int trace = open(getenv("TRAP_TRACE"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (trace >= 0) close(trace);
}
