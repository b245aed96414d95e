/** emotrack train: labelled songs to a model. */
#include <cblas.h>

#include "base/atomic_file.h"
#include "cli/progress.h"
#include "commands.h"
#include "train/train_request.h"

/** Before hours of work: may the model be written where it is wanted? */
static int try_output(const train_request *r)
{
    atomic_file *trial;
    et_error error;
    if (r->folds) return OPTIONS_GO;
    if (atomic_file_create(&trial, r->output, &error) != ET_OK) return say_failure(&error);
    atomic_file_abandon(trial);
    return OPTIONS_GO;
}

static int read_and_train(train_request *r, et_error *error)
{
    labelled_data d, degraded[DEGRADATIONS_MOST] = {{.count = 0}};
    int code = labelled_data_read(&d, &r->data, "none", r->pipeline.pitch_lag_frames, error);
    data_options again = r->data;
    again.song_means = NULL;
    for (int i = 0; i < r->degradation.count && code == OPTIONS_GO; i++)
        code = labelled_data_read(&degraded[i], &again, r->degradation.item[i], r->pipeline.pitch_lag_frames, error);
    if (code == OPTIONS_GO) code = r->folds ? train_folds(&d, degraded, r) : train_model(&d, degraded, r);
    for (int i = 0; i < DEGRADATIONS_MOST; i++) labelled_data_free(&degraded[i]);
    labelled_data_free(&d);
    return code;
}

int command_train(int argc, char **argv)
{
    train_request r;
    int code = train_request_read(&r, argc, argv);
    if (code != OPTIONS_GO) return code;
    code = try_output(&r);
    openblas_set_num_threads(1); /* sums in one order, whatever the machine */
    et_error error = {0};
    ear_weights *weights = NULL;
    r.data.families = r.pipeline.families;
    if (code == OPTIONS_GO && r.data.families & WITH_EAR &&
        (bundled_ear_find(r.ear, sizeof r.ear, &error) || ear_weights_load(&weights, r.ear, &error)))
        code = say_failure(&error);
    r.data.ear = weights;
    if (code == OPTIONS_GO) code = read_and_train(&r, &error);
    ear_weights_destroy(weights);
    train_request_free(&r);
    return code;
}
