/** The Python package `safetensors` opens our file and finds the same numbers. Skipped where it is not installed
 *  ($EMOTRACK_PYTHON, else python3). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "small_model.h"

int main(void)
{
    const char *python = getenv("EMOTRACK_PYTHON") ? getenv("EMOTRACK_PYTHON") : "python3";
    char command[1024], path[100], line[200] = "";
    snprintf(command, sizeof command, "%s -c 'import safetensors.numpy' 2>/dev/null", python);
    if (system(command) != 0) {
        printf("skipped: %s has no package safetensors with numpy\n", python);
        return 77;
    }
    snprintf(path, sizeof path, "/tmp/emotrack-test-%d-python.safetensors", (int)getpid());
    et_model *model = small_model(2);
    et_error error = {0};
    if (model_save(model, path, &error) != ET_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    double sum = 0;
    size_t tensors = 0;
    for (int m = 0; m < 2; m++) {
        tensors += network_tensor_count(model->member[m]);
        for (size_t i = 0; i < network_parameter_count(model->member[m]); i++)
            sum += fabs((double)network_parameters(model->member[m])[i]);
    }
    snprintf(command, sizeof command,
             "%s -c '\nimport sys, numpy\nfrom safetensors import safe_open\nf = safe_open(sys.argv[1], framework=\"np\")\n"
             "t = [f.get_tensor(k) for k in f.keys()]\n"
             "print(f.metadata()[\"format\"], len(t), sum(numpy.abs(x.astype(float)).sum() for x in t))' %s",
             python, path);
    FILE *pipe = popen(command, "r");
    if (pipe && !fgets(line, sizeof line, pipe)) line[0] = '\0';
    if (pipe) pclose(pipe);
    unlink(path);
    model_destroy(model);
    char format[40] = "";
    size_t found = 0;
    double found_sum = 0;
    if (sscanf(line, "%39s %zu %lf", format, &found, &found_sum) == 3 && strcmp(format, "emotrack-model") == 0 &&
        found == tensors && fabs(found_sum - sum) < 1e-9 * sum)
        return 0;
    fprintf(stderr, "Python found \"%s\"; expected emotrack-model, %zu tensors, sum %.9g\n", line, tensors, sum);
    return 1;
}
