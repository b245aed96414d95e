#include "cli/progress.h"

#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cli/options.h"
#include "cli/text.h"

enum { BAR_CELLS = 24, LINE_MOST = 512 };

static const double FIRST_SHOWN_S = 1.0, REDRAW_S = 0.2, LINE_S = 60.0;

static struct {
    pthread_mutex_t lock;
    bool wanted, shown;
    bool lines; /* a line now and then instead of a bar */
    progress_state now;
    double began_s, drawn_s;
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

/* How long the rest takes, by the rate so far; NAN while that is no more than a guess. */
static double left_s(const progress_state *p, double elapsed_s)
{
    const double enough_s = 5, enough_part = .01;
    bool begun = elapsed_s >= enough_s && (p->items > 0 ? p->items_done > 0 : p->done >= p->total * enough_part);
    if (!begun || p->total <= 0 || p->done <= 0) return NAN;
    return fmax(0, p->total - p->done) * elapsed_s / p->done;
}

static int add(char *line, size_t room, int n, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int more = (size_t)n < room ? vsnprintf(line + n, room - (size_t)n, format, arguments) : 0;
    va_end(arguments);
    return n + more;
}

void progress_text(char *line, size_t room, const progress_state *p, double elapsed_s, bool with_bar)
{
    char cells[BAR_CELLS + 1], left[32];
    double part = p->total > 0 ? fmin(1, p->done / p->total) : 0, rest_s = left_s(p, elapsed_s);
    int full = (int)(part * BAR_CELLS), n = add(line, room, 0, "%s ", p->what);
    memset(cells, '.', BAR_CELLS);
    memset(cells, '#', (size_t)full);
    cells[BAR_CELLS] = '\0';
    if (p->total > 0 && with_bar) n = add(line, room, n, "[%s] ", cells);
    if (p->total > 0) n = add(line, room, n, "%3.0f%%  ", part * 100);
    if (p->items > 0)
        n = add(line, room, n, "%ld of %ld sounds  ", p->items_done, p->items);
    else if (p->unit && p->total > 0)
        n = add(line, room, n, "%.0f of %.0f %s  ", p->done, p->total, p->unit);
    else if (p->unit)
        n = add(line, room, n, "%.0f %s  ", p->done, p->unit);
    if (!isnan(rest_s)) {
        format_time(left, sizeof left, rest_s);
        n = add(line, room, n, "%s left  ", left);
    }
    if (p->note[0]) n = add(line, room, n, "%s", p->note);
    while (n > 0 && (size_t)n < room && line[n - 1] == ' ') line[--n] = '\0';
}

static void draw(double now)
{
    char line[LINE_MOST];
    progress_text(line, sizeof line, &bar.now, now - bar.began_s, !bar.lines);
    if (bar.lines)
        fprintf(stderr, "emotrack: %s\n", line);
    else
        fprintf(stderr, "\r%.*s\033[K", terminal_width() - 1, line);
    fflush(stderr);
    bar.shown = !bar.lines;
    bar.drawn_s = now;
}

void progress_begin(const char *what, double total, const char *unit, bool quiet)
{
    pthread_mutex_lock(&bar.lock);
    bar.wanted = !quiet;
    bar.lines = !isatty(STDERR_FILENO);
    bar.now = (progress_state){.unit = unit, .total = total};
    text_shown(bar.now.what, sizeof bar.now.what, what);
    bar.began_s = now_s();
    bar.drawn_s = bar.lines ? bar.began_s : 0;
    pthread_mutex_unlock(&bar.lock);
}

static void redraw_if_due(void)
{
    double now = now_s();
    if (bar.wanted && now - bar.began_s > FIRST_SHOWN_S && now - bar.drawn_s > (bar.lines ? LINE_S : REDRAW_S)) draw(now);
}

void progress_expect(double more)
{
    pthread_mutex_lock(&bar.lock);
    bar.now.total += more;
    pthread_mutex_unlock(&bar.lock);
}

void progress_add(double done)
{
    pthread_mutex_lock(&bar.lock);
    bar.now.done += done;
    redraw_if_due();
    pthread_mutex_unlock(&bar.lock);
}

void progress_items(long more, long done)
{
    pthread_mutex_lock(&bar.lock);
    bar.now.items += more;
    bar.now.items_done += done;
    redraw_if_due();
    pthread_mutex_unlock(&bar.lock);
}

void progress_note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    pthread_mutex_lock(&bar.lock);
    vsnprintf(bar.now.note, sizeof bar.now.note, format, arguments);
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
    char *said = NULL;
    if (vasprintf(&said, format, arguments) < 0) said = NULL;
    fputs("emotrack: ", stderr);
    text_write_shown(stderr, said ? said : format, "");
    fputc('\n', stderr);
    free(said);
    pthread_mutex_unlock(&bar.lock);
    va_end(arguments);
}

int say_failure(const et_error *error)
{
    say("%s", error->message);
    return error->status == ET_ERROR_INTERRUPTED ? EXIT_INTERRUPTED : EXIT_FAILED;
}
