/** The session's parts among themselves. */
#ifndef EMOTRACK_TOOLS_LIVE_SESSION_RUNNING_H
#define EMOTRACK_TOOLS_LIVE_SESSION_RUNNING_H

#include "live/session.h"
#include "live/view.h"

/* What the session needs while it runs. */
typedef struct running {
    live_session *s;
    canvas *canvas; /* NULL without a picture */
    live_view *view;
    float *block;         /* of sound, on its way to the disk; NULL if no sound is kept */
    uint64_t sound_taken; /* frames of this source */
    double next_check_s, next_draw_s, next_report_s, next_facts_s;
    double gone_since_s; /* 0: the device is there */
    bool mark;           /* the next row has it */
    bool midi_gone;      /* and said */
    char message[600];
    int rows, columns; /* of the terminal, as drawn last */
} running;

/** To the user: on the page, on the terminal, and by the messages. */
void session_tell(running *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Everything that the engine gave. */
void session_take(running *r);

/** Stops the engine and takes what it gave to its very end. */
void session_drain(running *r);

/** Completes the recording, if there is one. */
void session_end_recording(running *r);

/** Does what the page's readers asked for. @return ET_OK; what ends the session */
et_status session_obey(running *r, et_error *error);

/** For picture and page. */
live_facts session_facts(const running *r);

/** Hands the facts to the page. */
void session_show_facts(running *r);

#endif
