#include "cli/interrupt.h"

#include <signal.h>

static volatile sig_atomic_t asked;

static void remember(int signal_number)
{
    asked = signal_number;
}

void interrupt_install(void)
{
    /* SA_RESETHAND: the second Ctrl-C acts as usual. No SA_RESTART: a read that waits for a pipe comes back. */
    struct sigaction action = {.sa_handler = remember, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a write beyond the limit of `ulimit -f` then fails like one to a full disk */
}

int interrupted_code(void)
{
    return 128 + (asked ? asked : SIGINT);
}

bool interrupted(void)
{
    return asked != 0;
}
