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
    volatile double one = 1, two = 2, three = 3; /* else the compiler finds out */
    apex rising = parabola_apex(3, one, 4, two, 5, three), falling = parabola_apex(3, three, 4, two, 5, one);
    apex flat = parabola_apex(3, two, 4, two, 5, two);
    assert_true(rising.x == 5 && rising.height == 3);
    assert_true(falling.x == 3 && falling.height == 3);
    assert_true(flat.height == 2);
}

/* Three points that are no three points must not divide by 0. */
static void points_of_one_place_give_the_highest(void **state)
{
    (void)state;
    volatile double place = 1;
    apex a = parabola_apex(place, 4, place, 7, place, 5);
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
