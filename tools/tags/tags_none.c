/** Without TagLib. */
#include "base/error.h"
#include "tags/tags.h"

bool tags_built(void)
{
    return false;
}

static et_status not_built(const char *name, et_error *error)
{
    return error_set(error, ET_ERROR_UNSUPPORTED, "%s: this emotrack is built without TagLib", name);
}

et_status tags_read(song_tags *out, const char *path, const char *name, et_error *error)
{
    (void)out, (void)path;
    return not_built(name, error);
}

et_status tags_write(const char *path, const char *name, const song_tags *tags, et_error *error)
{
    (void)path, (void)tags;
    return not_built(name, error);
}
