#include "live/midi.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/error.h"

enum { CONTROL_CHANGE = 0xB0, FINE_ABOVE = 32, RETRY_S = 1 };

struct midi {
    midi_options options;
    midi_port_opener open;
    midi_port *port; /* the thread's alone; NULL: gone */
    int sent[2];     /* -1: nothing yet */
    pthread_t thread;
    bool running;
    pthread_mutex_t lock; /* of the rest */
    pthread_cond_t changed;
    float newest[2];
    bool waits, ends, gone;
};

static bool send_one(midi *m, int controller, int value)
{
    const unsigned char bytes[3] = {(unsigned char)(CONTROL_CHANGE + m->options.channel - 1), (unsigned char)controller,
                                    (unsigned char)value};
    return m->port->send(m->port, bytes, sizeof bytes);
}

static bool send_value(midi *m, int k, float unit)
{
    int most = m->options.fine ? (1 << 14) - 1 : 127, controller = m->options.controller[k];
    if (isnan(unit)) return true;
    int value = (int)lround(fmin(fmax((double)unit, 0), 1) * most);
    if (value == m->sent[k]) return true;
    m->sent[k] = value;
    if (!m->options.fine) return send_one(m, controller, value);
    return send_one(m, controller, value >> 7) && send_one(m, controller + FINE_ABOVE, value & 127);
}

/* What a device that comes back does not know is told again. */
static void send_both(midi *m, const float unit[2])
{
    if (m->port == NULL && m->open(&m->port, m->options.name, NULL) == ET_OK) m->sent[0] = m->sent[1] = -1;
    if (m->port == NULL || (send_value(m, 0, unit[0]) && send_value(m, 1, unit[1]))) return;
    m->port->close(m->port);
    m->port = NULL;
}

/* Under the lock: until there is something to send, or while the port is gone for a second. */
static void await(midi *m)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += RETRY_S;
    int waited = 0;
    while (!m->ends && (m->gone || !m->waits) && waited != ETIMEDOUT)
        waited = pthread_cond_timedwait(&m->changed, &m->lock, &until);
}

static void *send_all(void *context)
{
    midi *m = context;
    pthread_mutex_lock(&m->lock);
    while (!m->ends) {
        await(m);
        if (m->ends || !(m->waits || m->gone)) continue;
        const float newest[2] = {m->newest[0], m->newest[1]};
        m->waits = false;
        pthread_mutex_unlock(&m->lock);
        send_both(m, newest);
        pthread_mutex_lock(&m->lock);
        m->gone = m->port == NULL;
    }
    pthread_mutex_unlock(&m->lock);
    return NULL;
}

static et_status start(midi *m, et_error *error)
{
    pthread_condattr_t clock;
    sigset_t all, before;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&m->changed, &clock);
    pthread_condattr_destroy(&clock);
    pthread_mutex_init(&m->lock, NULL);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    m->running = pthread_create(&m->thread, NULL, send_all, m) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return m->running ? ET_OK : error_set(error, ET_ERROR_MEMORY, "the thread that sends MIDI does not start");
}

et_status midi_open(midi **out, const midi_options *o, midi_port_opener open, et_error *error)
{
    int most = o->fine ? 31 : 119;
    for (int k = 0; k < 2; k++)
        if (o->controller[k] < 0 || o->controller[k] > most)
            return error_set(error, ET_ERROR_ARGUMENT, "MIDI controller %d: there are 0 to %d%s", o->controller[k], most,
                             o->fine ? " with 14 bits" : "");
    midi *m = calloc(1, sizeof *m);
    if (m == NULL) return error_set(error, ET_ERROR_MEMORY, "no memory for MIDI");
    *m = (midi){.options = *o, .open = open, .sent = {-1, -1}, .newest = {NAN, NAN}};
    et_status status = open(&m->port, o->name, error);
    if (status == ET_OK) status = start(m, error);
    if (status != ET_OK) {
        if (m->port != NULL) m->port->close(m->port);
        free(m);
        return status;
    }
    *out = m;
    return ET_OK;
}

void midi_close(midi *m)
{
    if (m == NULL) return;
    pthread_mutex_lock(&m->lock);
    m->ends = true;
    pthread_cond_signal(&m->changed);
    pthread_mutex_unlock(&m->lock);
    pthread_join(m->thread, NULL);
    if (m->port != NULL) m->port->close(m->port);
    pthread_cond_destroy(&m->changed);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

void midi_send(midi *m, const float unit[2])
{
    pthread_mutex_lock(&m->lock);
    m->newest[0] = unit[0];
    m->newest[1] = unit[1];
    m->waits = true;
    pthread_cond_signal(&m->changed);
    pthread_mutex_unlock(&m->lock);
}

bool midi_gone(midi *m)
{
    pthread_mutex_lock(&m->lock);
    bool gone = m->gone;
    pthread_mutex_unlock(&m->lock);
    return gone;
}
