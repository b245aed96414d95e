#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

et_status error_set(et_error *error, et_status status, const char *format, ...)
{
    if (error == NULL) return status;
    error->status = status;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    return status;
}

const char *et_status_text(et_status status)
{
    switch (status) {
    case ET_OK: return "no error";
    case ET_ERROR_ARGUMENT: return "value out of range";
    case ET_ERROR_MEMORY: return "out of memory";
    case ET_ERROR_FILE: return "file cannot be opened, read or written";
    case ET_ERROR_FORMAT: return "content is not what it should be";
    case ET_ERROR_TRUNCATED: return "ends too early";
    case ET_ERROR_VERSION: return "made by a newer version";
    case ET_ERROR_LIMIT: return "too large";
    case ET_ERROR_DEVICE: return "device missing, busy or gone";
    case ET_ERROR_NOT_FINITE: return "sample not finite";
    case ET_ERROR_FULL: return "answers wait to be read";
    case ET_ERROR_UNSUPPORTED: return "not supported here";
    case ET_ERROR_INTERRUPTED: return "interrupted";
    }
    return "unknown status";
}
