/** Where the answers of `live` are sent: receivers of OSC and a MIDI port, all with one mapping. */
#ifndef EMOTRACK_TOOLS_LIVE_OUTPUTS_H
#define EMOTRACK_TOOLS_LIVE_OUTPUTS_H

#include "cli/options.h"
#include "live/mapping.h"
#include "live/midi.h"
#include "live/osc.h"

/** All zero: no receivers. */
typedef struct outputs {
    osc *osc[OPTION_LIST_MOST];
    int count;
    midi *midi; /* or NULL */
    mapping mapping;
    bool takes_more; /* a receiver has key, tempo and their like */
    bool waits, silent;
    et_emotion newest;
    emotion_more newest_more;
    float mapped[2];
} outputs;

typedef struct outputs_options {
    const option_list *addresses, *styles; /* styles none: pair; one: of all; else one for each address */
    midi_options midi;                     /* name NULL: none */
    mapping_options mapping;
} outputs_options;

/** @return ET_OK; ET_ERROR_ARGUMENT, _MEMORY, those of midi_port_open; then nothing is open */
et_status outputs_open(outputs *o, const outputs_options *options, et_error *error);
void outputs_close(outputs *o);

/** Whether anything is sent at all. */
bool outputs_any(const outputs *o);

/** The answers come from this model from now on. @return ET_OK; the errors of percentiles_read, if it is needed */
et_status outputs_model(outputs *o, const et_model *model, et_error *error);

/** The next answer, for the mapping; it is sent only if no newer one comes before outputs_send. */
void outputs_add(outputs *o, const et_emotion *emotion, const emotion_more *more);
void outputs_send(outputs *o);

/** start, stop, lost, back; silence and sound are told by outputs_send. */
void outputs_status(outputs *o, const char *word);

#endif
