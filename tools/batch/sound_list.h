/** Which sounds a command does: files, folders and lists of them, in one order, perhaps a share of them only. */
#ifndef EMOTRACK_TOOLS_BATCH_SOUND_LIST_H
#define EMOTRACK_TOOLS_BATCH_SOUND_LIST_H

#include "base/error.h"
#include "cli/options.h"

typedef struct sound_list_options {
    option_list include;    /**< patterns of names in folders; none: every kind of sound known by its ending */
    const char *files_from; /**< NULL, a file, or "-": a list of paths */
    bool nul;               /**< in it paths end with 0 instead of a line end */
    const char *shard;      /**< NULL, or "I/N" */
    const char *retry;      /**< NULL, or what --failed wrote */
} sound_list_options;

/** What these add to a command's table of options. */
#define SOUND_LIST_OPTIONS(o)                                                                                     \
    {"include", OPTION_LIST, &(o).include, "PATTERN",                                                             \
     "in folders, only names like '*.mp3' (all that are known as sounds)"},                                       \
        {"files-from", OPTION_TEXT, &(o).files_from, "FILE|-", "sounds by a list: a line each, .m3u or .jsonl"},  \
        {"null", OPTION_FLAG, &(o).nul, NULL, "the paths of --files-from end with a zero byte", .letter = '0'},   \
        {"shard", OPTION_TEXT, &(o).shard, "I/N", "only every N-th sound, by a hash of its name; I from 1 to N"}, \
    {                                                                                                             \
        "retry-failed", OPTION_TEXT, &(o).retry, "FILE", "the sounds that --failed wrote down"                    \
    }

#define SOUND_LIST_NOTES \
    "DIR is searched to its ground; results mirror its folders. LIST is an .m3u, or .jsonl with \"path\" in each line."

typedef struct sound_list {
    char **path;
    /** Of each path the end that names its result, extension and all: from its folder or list on ("a/song.mp3"), or the file's
     *  name alone. Never begins with a slash, never goes up. Points into path[i]. */
    const char **relative;
    int count;
    bool listed;  /**< from folders or lists, or a share of them: how many there are says nothing of what was asked for */
    bool partial; /**< a shard or a retry: to have no sound is no mistake */
} sound_list;

/** Reads folders and lists. Folders are searched to their ground in the order of names; what begins with a dot, and links to
 *  folders, are passed by. An operand that ends in .m3u, .m3u8 or .jsonl is a list, as --files-from reads them: paths of an
 *  M3U or JSON list are relative to it; a line of JSON has `path`, `file`, `sound` or `audio_filepath`.
 *  @param out       freed with sound_list_free, also after a failure
 *  @param operands  files, folders, lists or "-"
 *  @return ET_OK; ET_ERROR_ARGUMENT (shard), ET_ERROR_FILE, ET_ERROR_FORMAT (a line of JSON), ET_ERROR_LIMIT, ET_ERROR_MEMORY */
et_status sound_list_read(sound_list *out, const sound_list_options *options, char *const *operands, int count,
                          et_error *error);
void sound_list_free(sound_list *list);

/** The same for a command: says what is wrong.
 *  @param out  freed with sound_list_free whatever comes back
 *  @return OPTIONS_GO; EXIT_DONE where a share of the sounds holds none; EXIT_USAGE, EXIT_FAILED */
int sound_list_from(sound_list *out, const sound_list_options *options, const option_page *page, char *const *operands,
                    int count);

#endif
