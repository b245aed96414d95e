#include "batch/batch.h"

#include "base/error.h"
#include "batch/jobs.h"
#include "batch/sounds.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/progress.h"

int batch_run(batch *b)
{
    et_error error;
    b->to.count = b->sounds->count;
    if (report_create(&b->report, b->failed, b->summary, b->sounds, &error) != ET_OK) return say_failure(&error);
    if (results_create(&b->results, &b->to, &error) != ET_OK) {
        report_abandon(b->report);
        return say_failure(&error);
    }
    sounds_progress(b->what, b->sounds->path, b->sounds->count, b->quiet);
    jobs_run(b->sounds->count, b->jobs, b->task, b->context);
    progress_end();
    bool any_failed, reader_left = !results_wanted(b->results);
    et_status status = results_close(b->results, &error);
    if (status != ET_OK) say_failure(&error);
    et_status reported = report_close(b->report, &any_failed, &error);
    if (reported != ET_OK) say_failure(&error);
    if (interrupted()) return EXIT_INTERRUPTED;
    return status != ET_OK || reported != ET_OK || (any_failed && !reader_left) ? EXIT_FAILED : EXIT_DONE;
}
