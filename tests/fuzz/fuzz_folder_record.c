/* `emotrack.jsonl` as anyone may have changed it: refused with a message, or taken, and what is then written is taken again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "batch/folder_record.h"

enum { SOUNDS = 2 };

static char folder[64], record_path[96], sound_path[SOUNDS][96];

static void write_file(const char *path, const uint8_t *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, size, file) != size || fclose(file) != 0) __builtin_trap();
}

static void remove_folder(void)
{
    remove(record_path);
    for (int i = 0; i < SOUNDS; i++) remove(sound_path[i]);
    rmdir(folder);
}

static void make_folder(void)
{
    /* In memory where there is such a folder: each record is synced. */
    snprintf(folder, sizeof folder, "%s/emotrack-fuzz-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (mkdtemp(folder) == NULL) __builtin_trap();
    snprintf(record_path, sizeof record_path, "%s/emotrack.jsonl", folder);
    for (int i = 0; i < SOUNDS; i++) {
        snprintf(sound_path[i], sizeof sound_path[i], "%s/%c.wav", folder, 'a' + i);
        write_file(sound_path[i], (const uint8_t *)"", 0);
    }
    atexit(remove_folder);
}

/* @return whether the record was taken */
static bool go_on(const folder_run *run)
{
    folder_record *record = NULL;
    et_error error = {0};
    if (folder_record_open(&record, run, &error) != ET_OK) {
        if (error.message[0] == '\0' || record != NULL) __builtin_trap();
        return false;
    }
    const char *const *names = folder_record_names(record);
    for (int i = 0; i < SOUNDS; i++) {
        if (folder_record_is_done(record, i) || names[i][0] == '\0' || names[i][0] == '/' || strstr(names[i], "../") != NULL)
            __builtin_trap(); /* no result is there */
    }
    if (strcmp(names[0], names[1]) == 0) __builtin_trap();
    if (folder_record_set(record, 0, SOUND_FAILED, 3, "a problem", &error) != ET_OK) __builtin_trap();
    folder_record_close(record);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (folder[0] == '\0') make_folder();
    char *sounds[SOUNDS] = {sound_path[0], sound_path[1]};
    const char *const relative[SOUNDS] = {"a.wav", "a.wav"};
    folder_run run = {.folder = folder,
                      .extension = ".csv",
                      .sounds = sounds,
                      .relative = relative,
                      .count = SOUNDS,
                      .model_name = "m",
                      .model_digest = "d",
                      .options = "o",
                      .resume = true};
    write_file(record_path, bytes, size);
    if (go_on(&run) && !go_on(&run)) __builtin_trap();
    return 0;
}
