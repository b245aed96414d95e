#include "formats/formats.h"

const format *format_get(int number)
{
    static const format formats[] = {
        [ROWS_CSV] = {".csv", NULL},   [ROWS_JSONL] = {".jsonl", NULL}, {".txt", write_audacity},
        {".TextGrid", write_textgrid}, {".jams", write_jams},           {".svl", write_sonic_visualiser},
        {".vtt", write_webvtt},
    };
    return &formats[number];
}
