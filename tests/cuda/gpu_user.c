/* A program of somebody else's that asks libemotrack for a GPU: gpu_user MODEL. Ends with 0 if there is none. */
#include <emotrack.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    et_error error = {0};
    et_model *model = NULL;
    et_tracker *tracker = NULL;
    const et_tracker_options options = {.rate_hz = 44100, .channels = 1, .device = "cuda"};
    if (argc != 2 || et_model_create(&model, argv[1], &error) != ET_OK) return 2;
    et_status status = et_tracker_create(&tracker, model, &options, &error);
    puts(error.message);
    et_tracker_destroy(tracker);
    et_model_destroy(model);
    return status == ET_OK;
}
