#include "train/optimiser.h"

#include <math.h>
#include <stdlib.h>

#include "base/clones.h"
#include "base/error.h"

et_status optimiser_create(optimiser *o, const optimiser_options *options, size_t count, et_error *error)
{
    *o =
        (optimiser){.options = *options, .count = count, .m = calloc(count, sizeof *o->m), .v = calloc(count, sizeof *o->v)};
    if (o->m && o->v) return ET_OK;
    optimiser_destroy(o);
    return error_set(error, ET_ERROR_MEMORY, "no memory for the optimiser of %zu parameters", count);
}

void optimiser_destroy(optimiser *o)
{
    free(o->m);
    free(o->v);
    o->m = o->v = NULL;
}

static double square_norm(const float *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)x[i] * x[i];
    return sum;
}

static void scale(float *x, size_t n, double factor)
{
    for (size_t i = 0; i < n; i++) x[i] = (float)(x[i] * factor);
}

CPU_CLONES static void adam(float *p, float *g, float *m, float *v, size_t n, float b1, float b2, float step, float root,
                            float epsilon, float l2, float shrink)
{
    for (size_t i = 0; i < n; i++) {
        float d = g[i] + l2 * p[i];
        m[i] = b1 * m[i] + (1 - b1) * d;
        v[i] = b2 * v[i] + (1 - b2) * d * d;
        p[i] = shrink * p[i] - step * m[i] / (sqrtf(v[i]) * root + epsilon);
    }
}

void optimiser_update(optimiser *o, float *parameters, float *gradients, size_t offset, size_t count, bool decay,
                      double rate)
{
    const optimiser_options *a = &o->options;
    double t = (double)o->steps, step = rate / (1 - pow(a->beta1, t)), root = 1 / sqrt(1 - pow(a->beta2, t));
    double l2 = decay && a->l2 ? a->decay : 0, shrink = decay && !a->l2 ? 1 - rate * a->decay : 1;
    adam(parameters + offset, gradients + offset, o->m + offset, o->v + offset, count, (float)a->beta1, (float)a->beta2,
         (float)step, (float)root, (float)a->epsilon, (float)l2, (float)shrink);
}

double optimiser_step(optimiser *o, network *net, float *gradients, double rate)
{
    double all = 0;
    size_t tensors = network_tensor_count(net);
    for (size_t i = 0; i < tensors; i++) {
        const network_tensor *t = network_tensor_at(net, i);
        if (!t->trained) continue;
        double norm = square_norm(gradients + t->offset, t->count);
        all += norm, norm = sqrt(norm);
        if (o->options.clip > 0 && o->options.clip_each_tensor && norm > o->options.clip)
            scale(gradients + t->offset, t->count, o->options.clip / norm);
    }
    all = sqrt(all);
    double together =
        o->options.clip > 0 && !o->options.clip_each_tensor && all > o->options.clip ? o->options.clip / all : 1;
    o->steps++;
    for (size_t i = 0; i < tensors; i++) {
        const network_tensor *t = network_tensor_at(net, i);
        if (!t->trained) continue;
        if (together != 1) scale(gradients + t->offset, t->count, together);
        optimiser_update(o, network_parameters(net), gradients, t->offset, t->count, t->decay, rate);
    }
    return all;
}
