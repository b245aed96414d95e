/** In ink_cairo.c's place where cairo was not there to build with. */
#include "base/error.h"
#include "plot/ink.h"

et_status ink_cairo_begin(ink **out, FILE *stream, ink_cairo_form form, double width, double height, et_error *error)
{
    (void)stream, (void)form, (void)width, (void)height;
    *out = NULL;
    return error_set(error, ET_ERROR_UNSUPPORTED, "this program was built without libcairo2-dev: its pictures are SVG");
}
