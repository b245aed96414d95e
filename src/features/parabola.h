/** The parabola through three points, its apex. The order of the terms is part of the reference: its jitter accepts or
 *  refuses a period by the last bit of the height. */
#ifndef EMOTRACK_FEATURES_PARABOLA_H
#define EMOTRACK_FEATURES_PARABOLA_H

typedef struct apex {
    double x, height;
} apex;

static inline apex parabola_apex(double x1, double y1, double x2, double y2, double x3, double y3)
{
    double d = x1 * x1 * x2 + x2 * x2 * x3 + x3 * x3 * x1 - x3 * x3 * x2 - x2 * x2 * x1 - x1 * x1 * x3;
    double a = d != 0.0 ? (y1 * x2 + y2 * x3 + y3 * x1 - y3 * x2 - y2 * x1 - y1 * x3) / d : 0.0;
    if (a == 0.0) { /* a line: its highest point */
        apex best = {x1, y1};
        if (y2 > best.height) best = (apex){x2, y2};
        if (y3 > best.height) best = (apex){x3, y3};
        return best;
    }
    double b = (x1 * x1 * y2 + x2 * x2 * y3 + x3 * x3 * y1 - x3 * x3 * y2 - x2 * x2 * y1 - x1 * x1 * y3) / d;
    double c = (x1 * x1 * x2 * y3 + x2 * x2 * x3 * y1 + x3 * x3 * x1 * y2 - x3 * x3 * x2 * y1 - x2 * x2 * x1 * y3 -
                x1 * x1 * x3 * y2) /
               d;
    double x = -b / (2.0 * a);
    return (apex){x, c - a * x * x};
}

#endif
