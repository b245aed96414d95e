#include "train/loss.h"

#include <string.h>

static double half_mse(const float *answer, const float *label, int windows, int targets, double weight, float *d_out)
{
    double sum = 0;
    for (int i = 0; i < windows * targets; i++) {
        double e = (double)answer[i] - label[i];
        sum += e * e;
        d_out[i] += (float)(weight * e / windows);
    }
    return weight * sum / 2 / windows;
}

/** 1 - ccc of column t. With s the denominator and c the covariance, the derivative of 2c/s by p_i is
 *  (2 (y_i - my) / s - 2c / s^2 * 2 ((p_i - mp) + (mp - my))) / n. */
static double one_minus_ccc(const float *answer, const float *label, int windows, int targets, int t, double weight,
                            float *d_out)
{
    double mean_p = 0, mean_y = 0, pp = 0, yy = 0, py = 0;
    for (int i = 0; i < windows; i++)
        mean_p += (double)answer[i * targets + t] / windows, mean_y += (double)label[i * targets + t] / windows;
    for (int i = 0; i < windows; i++) {
        double p = answer[i * targets + t] - mean_p, y = label[i * targets + t] - mean_y;
        pp += p * p / windows, yy += y * y / windows, py += p * y / windows;
    }
    double s = pp + yy + (mean_p - mean_y) * (mean_p - mean_y) + 1e-12;
    for (int i = 0; i < windows; i++) {
        double p = answer[i * targets + t] - mean_p, y = label[i * targets + t] - mean_y;
        double slope = 2 * y / s - 4 * py / (s * s) * (p + mean_p - mean_y);
        d_out[i * targets + t] -= (float)(weight * slope / windows);
    }
    return weight * (1 - 2 * py / s);
}

double loss_of(loss_kind kind, const float *answer, const float *label, int windows, int targets, float *d_out)
{
    double loss = 0;
    memset(d_out, 0, (size_t)(windows * targets) * sizeof *d_out);
    if (kind != LOSS_CCC) loss += half_mse(answer, label, windows, targets, 1, d_out);
    double weight = (kind == LOSS_CCC ? 1.0 : 0.1) / targets;
    for (int t = 0; kind != LOSS_MSE && t < targets; t++)
        loss += one_minus_ccc(answer, label, windows, targets, t, weight, d_out);
    return loss;
}
