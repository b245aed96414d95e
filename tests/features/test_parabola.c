/* The highest point of the parabola through three points. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "features/parabola.h"

static void the_apex_of_a_known_parabola_is_found(void **state)
{
    (void)state;
    for (double top = -0.9; top < 1; top += 0.3) { /* y = 5 - 2 (x - top)^2 */
        apex a = parabola_apex(-1, 5 - 2 * pow(-1 - top, 2), 0, 5 - 2 * top * top, 1, 5 - 2 * pow(1 - top, 2));
        assert_true(fabs(a.x - top) < 1e-12 && fabs(a.height - 5) < 1e-12);
    }
}

static void of_a_line_it_is_the_highest_point(void **state)
{
    (void)state;
    apex rising = parabola_apex(3, 1, 4, 2, 5, 3), falling = parabola_apex(3, 3, 4, 2, 5, 1),
         flat = parabola_apex(3, 2, 4, 2, 5, 2);
    assert_true(rising.x == 5 && rising.height == 3);
    assert_true(falling.x == 3 && falling.height == 3);
    assert_true(flat.height == 2);
}

/* Three points that are no three points must not divide by 0. */
static void points_of_one_place_give_the_highest(void **state)
{
    (void)state;
    apex a = parabola_apex(1, 4, 1, 7, 1, 5);
    assert_true(a.x == 1 && a.height == 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_apex_of_a_known_parabola_is_found),
        cmocka_unit_test(of_a_line_it_is_the_highest_point),
        cmocka_unit_test(points_of_one_place_give_the_highest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
