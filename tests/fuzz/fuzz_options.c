/* Command lines: any words are understood or refused with the code for wrong usage, and numbers stay in their range. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"

enum { WORDS_MOST = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = malloc(size + 1);
    if (text == NULL) return 0;
    memcpy(text, bytes, size);
    text[size] = '\0';
    char *words[WORDS_MOST];
    int count = 0;
    for (char *word = strtok(text, "\n"); word != NULL && count < WORDS_MOST; word = strtok(NULL, "\n"))
        words[count++] = word;
    int step_ms = 500, format = 0, operands = 0;
    double duration_s = 1;
    const char *output = NULL;
    bool resume = false;
    option_list data = {0};
    const option options[] = {
        {"step-ms", OPTION_INTEGER, &step_ms, "N", "one row every N ms", 10, 3600000},
        {"duration-s", OPTION_NUMBER, &duration_s, "S", "how long", 0, 1e6},
        {"format", OPTION_CHOICE, &format, "csv|jsonl", "form of the rows"},
        {"output", OPTION_TEXT, &output, "FILE", "where to", .letter = 'o'},
        {"resume", OPTION_FLAG, &resume, "", "go on"},
        {"data", OPTION_LIST, &data, "DIR", "songs"},
        {NULL},
    };
    const option_page page = {"fuzz", "FILE...", "any words", "emotrack fuzz", options, NULL};
    int code = options_parse(&page, count, words, &operands);
    if (code != OPTIONS_GO && code != EXIT_DONE && code != EXIT_USAGE) __builtin_trap();
    if (step_ms < 10 || step_ms > 3600000 || !(duration_s >= 0 && duration_s <= 1e6) || format < 0 || format > 1)
        __builtin_trap();
    if (code == OPTIONS_GO && (operands < 0 || operands > count || data.count > OPTION_LIST_MOST)) __builtin_trap();
    free(text);
    return 0;
}
