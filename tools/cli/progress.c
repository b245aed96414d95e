#include "cli/progress.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { BAR_CELLS = 24, LINE_MOST = 512 };

static const double FIRST_SHOWN_S = 1.0, REDRAW_S = 0.2;

static struct {
    pthread_mutex_t lock;
    bool wanted, shown;
    const char *what, *unit;
    double total, done;
    double began_s, drawn_s;
    char note[128];
} bar = {.lock = PTHREAD_MUTEX_INITIALIZER};

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void erase(void)
{
    if (bar.shown) fputs("\r\033[K", stderr);
    bar.shown = false;
}

static int terminal_width(void)
{
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

/* "1:02:03" or "4:05" */
static int format_time(char *text, size_t room, double seconds)
{
    long s = (long)(seconds + 0.5);
    if (s >= 3600) return snprintf(text, room, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    return snprintf(text, room, "%ld:%02ld", s / 60, s % 60);
}

static void draw(double now)
{
    char line[LINE_MOST], left[32];
    double elapsed = now - bar.began_s;
    double rate = elapsed > 0 ? bar.done / elapsed : 0;
    double part = bar.total > 0 ? bar.done / bar.total : 0;
    if (part > 1) part = 1;
    int n = snprintf(line, sizeof line, "%s ", bar.what);
    if (bar.total > 0) {
        char cells[BAR_CELLS + 1];
        int full = (int)(part * BAR_CELLS);
        memset(cells, '.', BAR_CELLS);
        memset(cells, '#', (size_t)full);
        cells[BAR_CELLS] = '\0';
        n += snprintf(line + n, sizeof line - (size_t)n, "[%s] %3.0f%% ", cells, part * 100);
    }
    if (bar.unit) n += snprintf(line + n, sizeof line - (size_t)n, "%.0f %s, %.3g/s  ", bar.done, bar.unit, rate);
    if (bar.total > 0 && rate > 0) {
        format_time(left, sizeof left, (bar.total - bar.done > 0 ? bar.total - bar.done : 0) / rate);
        n += snprintf(line + n, sizeof line - (size_t)n, "%s left  ", left);
    }
    if (bar.note[0]) snprintf(line + n, sizeof line - (size_t)n, "%s", bar.note);
    fprintf(stderr, "\r%.*s\033[K", terminal_width() - 1, line);
    fflush(stderr);
    bar.shown = true;
    bar.drawn_s = now;
}

void progress_begin(const char *what, double total, const char *unit, bool quiet)
{
    pthread_mutex_lock(&bar.lock);
    bar.wanted = !quiet && isatty(STDERR_FILENO);
    bar.what = what;
    bar.unit = unit;
    bar.total = total;
    bar.done = 0;
    bar.note[0] = '\0';
    bar.began_s = now_s();
    bar.drawn_s = 0;
    pthread_mutex_unlock(&bar.lock);
}

static void redraw_if_due(void)
{
    double now = now_s();
    if (bar.wanted && now - bar.began_s > FIRST_SHOWN_S && now - bar.drawn_s > REDRAW_S) draw(now);
}

void progress_expect(double more)
{
    pthread_mutex_lock(&bar.lock);
    bar.total += more;
    pthread_mutex_unlock(&bar.lock);
}

void progress_add(double done)
{
    pthread_mutex_lock(&bar.lock);
    bar.done += done;
    redraw_if_due();
    pthread_mutex_unlock(&bar.lock);
}

void progress_note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    pthread_mutex_lock(&bar.lock);
    vsnprintf(bar.note, sizeof bar.note, format, arguments);
    redraw_if_due();
    pthread_mutex_unlock(&bar.lock);
    va_end(arguments);
}

void progress_end(void)
{
    pthread_mutex_lock(&bar.lock);
    erase();
    bar.wanted = false;
    pthread_mutex_unlock(&bar.lock);
}

void say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    pthread_mutex_lock(&bar.lock);
    erase();
    fputs("emotrack: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    pthread_mutex_unlock(&bar.lock);
    va_end(arguments);
}
