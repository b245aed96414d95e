/* Label files as users have them: any text is read or refused with a message, and labels are finite. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "data/csv_table.h"
#include "data/songs.h"
#include "scratch.h"

static char folder[64];

static void write_file(const char *name, const uint8_t *bytes, size_t size)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, size, file) != size || fclose(file) != 0) __builtin_trap();
}

static void remove_folder(void)
{
    static const char *const names[] = {"labels.csv", "arousal.csv", "valence.csv", "song_means.csv", "a.wav"};
    char path[128];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        remove(path);
    }
    rmdir(folder);
}

static void read_table(const uint8_t *bytes, size_t size)
{
    char path[64];
    int descriptor = scratch_open(bytes, size, path);
    csv_table *table = NULL;
    et_error error = {0};
    if (csv_table_read(&table, path, ';', &error) == ET_OK) {
        for (int row = 0; row < csv_rows(table); row++)
            for (int column = 0; column < csv_columns(table); column++) {
                double value;
                if (csv_number(table, row, column, &value) && !isfinite(value)) __builtin_trap();
            }
        csv_table_free(table);
    } else if (error.message[0] == '\0') {
        __builtin_trap();
    }
    close(descriptor);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const layout layouts[] = {LAYOUT_AUTO, LAYOUT_LONG, LAYOUT_CLIPS, LAYOUT_MEANS};
    if (folder[0] == '\0') {
        strcpy(folder, "/tmp/emotrack-fuzz-XXXXXX");
        if (mkdtemp(folder) == NULL) __builtin_trap();
        write_file("a.wav", (const uint8_t *)"", 0);
        atexit(remove_folder);
    }
    if (size < 1) return 0;
    read_table(bytes + 1, size - 1);
    layout kind = layouts[bytes[0] % 4];
    write_file(kind == LAYOUT_MEANS ? "song_means.csv" : "labels.csv", bytes + 1, size - 1);
    song_set set;
    song_options options = {.layout = kind};
    et_error error = {0};
    if (song_set_read(&set, folder, &options, NULL, &error) == ET_OK) {
        for (int i = 0; i < set.songs; i++)
            for (int j = 0; j < set.song[i].labels; j++)
                for (int t = 0; t < TARGETS; t++)
                    if (isinf(set.song[i].label[j][t])) __builtin_trap();
        song_set_free(&set);
    } else if (error.message[0] == '\0') {
        __builtin_trap();
    }
    return 0;
}
