#include "cli/terminal.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define TAKE "\033[?1049h\033[?25l\033[2J"
#define GIVE_BACK "\033[?25h\033[?1049l"

static const int ending[] = {SIGINT, SIGTERM, SIGHUP}, killing[] = {SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
enum { ENDING = sizeof ending / sizeof *ending, KILLING = sizeof killing / sizeof *killing };

static struct {
    volatile sig_atomic_t taken;
    volatile sig_atomic_t asked; /* signals that ask to end, so far */
    bool has_keys;
    struct termios before;
    struct sigaction handlers[ENDING];
} terminal;

bool terminal_is_utf8(void)
{
    const char *kept = setlocale(LC_CTYPE, NULL);
    bool utf8 = kept != NULL && setlocale(LC_CTYPE, "") != NULL && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    setlocale(LC_CTYPE, "C");
    return utf8;
}

/* What follows up to terminal_begin may run in a signal's handler: write and tcsetattr only. */
static void take(void)
{
    struct termios keys = terminal.before;
    keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    keys.c_cc[VMIN] = 0;
    keys.c_cc[VTIME] = 0;
    if (terminal.has_keys) tcsetattr(STDIN_FILENO, TCSANOW, &keys);
    terminal_write(TAKE, sizeof TAKE - 1);
    terminal.taken = 1;
}

static void give_back(void)
{
    if (!terminal.taken) return;
    terminal.taken = 0;
    terminal_write(GIVE_BACK, sizeof GIVE_BACK - 1);
    if (terminal.has_keys) tcsetattr(STDIN_FILENO, TCSANOW, &terminal.before);
}

static void end_by(int number)
{
    give_back();
    signal(number, SIG_DFL);
    raise(number);
}

static void on_ending(int number)
{
    int reason = errno;
    if (terminal.asked++ > 0) end_by(number);
    for (int i = 0; i < ENDING; i++)
        if (ending[i] == number && terminal.handlers[i].sa_handler != SIG_DFL && terminal.handlers[i].sa_handler != SIG_IGN)
            terminal.handlers[i].sa_handler(number);
    errno = reason;
}

static void on_stop(int number)
{
    (void)number;
    int reason = errno;
    give_back();
    raise(SIGSTOP);
    take();
    errno = reason;
}

static void handle(int number, void (*handler)(int), struct sigaction *before)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, before);
}

void terminal_begin(void)
{
    terminal.has_keys = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &terminal.before) == 0;
    terminal.asked = 0;
    atexit(terminal_end);
    for (int i = 0; i < ENDING; i++) handle(ending[i], on_ending, &terminal.handlers[i]);
    for (int i = 0; i < KILLING; i++) handle(killing[i], end_by, NULL);
    handle(SIGTSTP, on_stop, NULL);
    take();
}

void terminal_end(void)
{
    if (!terminal.taken) return;
    give_back();
    for (int i = 0; i < ENDING; i++) sigaction(ending[i], &terminal.handlers[i], NULL);
    for (int i = 0; i < KILLING; i++) signal(killing[i], SIG_DFL);
    signal(SIGTSTP, SIG_DFL);
}

void terminal_size(int *rows, int *columns)
{
    struct winsize size;
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0;
    *rows = known ? size.ws_row : 24;
    *columns = known ? size.ws_col : 80;
}

int terminal_key(int wait_ms, int descriptor)
{
    struct pollfd waited[2] = {{.fd = terminal.has_keys ? STDIN_FILENO : -1, .events = POLLIN},
                               {.fd = descriptor, .events = POLLIN}};
    unsigned char key;
    if (poll(waited, 2, wait_ms) <= 0 || !(waited[0].revents & POLLIN)) return -1;
    return read(STDIN_FILENO, &key, 1) == 1 ? key : -1;
}

bool terminal_write(const char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t written = write(STDOUT_FILENO, bytes, count);
        if (written < 0 && errno != EINTR) return false;
        if (written < 0) continue;
        bytes += written;
        count -= (size_t)written;
    }
    return true;
}
