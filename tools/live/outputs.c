#include "live/outputs.h"

#include <string.h>

#include "base/error.h"

static et_status find_style(osc_style *style, const char *word, et_error *error)
{
    static const char *const words[] = {"pair", "single", "wekinator", "full"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(word, words[i]) != 0) continue;
        *style = (osc_style)i;
        return ET_OK;
    }
    return error_set(error, ET_ERROR_ARGUMENT, "--osc-style is one of pair, single, wekinator and full, not '%.40s'", word);
}

et_status outputs_open(outputs *o, const outputs_options *options, et_error *error)
{
    const option_list *addresses = options->addresses, *styles = options->styles;
    *o = (outputs){.mapping = {.options = options->mapping}};
    if (styles->count > 1 && styles->count != addresses->count)
        return error_set(error, ET_ERROR_ARGUMENT, "--osc-style is given once, or once for each --osc");
    if (styles->count > 0 && addresses->count == 0)
        return error_set(error, ET_ERROR_ARGUMENT, "--osc-style needs --osc HOST:PORT");
    et_status status = ET_OK;
    for (int i = 0; i < addresses->count && status == ET_OK; i++) {
        osc_style style = OSC_PAIR;
        if (styles->count > 0) status = find_style(&style, styles->item[styles->count > 1 ? i : 0], error);
        if (status == ET_OK) status = osc_open(&o->osc[i], addresses->item[i], style, error);
        if (status == ET_OK) o->count++;
        o->takes_more |= style == OSC_FULL;
    }
    if (status == ET_OK && options->midi.name != NULL) status = midi_open(&o->midi, &options->midi, midi_port_open, error);
    if (status != ET_OK) outputs_close(o);
    return status;
}

void outputs_close(outputs *o)
{
    for (int i = 0; i < o->count; i++) osc_close(o->osc[i]);
    o->count = 0;
    midi_close(o->midi);
    o->midi = NULL;
}

bool outputs_any(const outputs *o)
{
    return o->count > 0 || o->midi != NULL;
}

et_status outputs_model(outputs *o, const et_model *model, et_error *error)
{
    o->mapping.begun = false;
    if (!outputs_any(o) || o->mapping.options.range != MAPPING_PERCENTILE) return ET_OK;
    return percentiles_read(&o->mapping.table, model, error);
}

void outputs_add(outputs *o, const et_emotion *emotion, const emotion_more *more)
{
    if (!outputs_any(o)) return;
    mapping_step(&o->mapping, emotion, o->mapped);
    o->newest = *emotion;
    o->newest_more = *more;
    o->waits = true;
}

void outputs_send(outputs *o)
{
    if (!o->waits) return;
    o->waits = false;
    bool silent = o->newest.flags & ET_FLAG_SILENCE;
    if (silent != o->silent) outputs_status(o, silent ? "silence" : "sound");
    o->silent = silent;
    for (int i = 0; i < o->count; i++) osc_answer(o->osc[i], &o->newest, &o->newest_more, o->mapped);
    if (o->midi == NULL) return;
    bool full = o->mapping.options.range == MAPPING_FULL;
    midi_send(o->midi, full ? (float[2]){(o->mapped[0] + 1) / 2, (o->mapped[1] + 1) / 2} : o->mapped);
}

void outputs_status(outputs *o, const char *word)
{
    for (int i = 0; i < o->count; i++) osc_status(o->osc[i], word);
}
